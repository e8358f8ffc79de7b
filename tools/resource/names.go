package main

import (
	"regexp"
	"strings"
)

// names are the forms of a resource's name. Name and Plural are in UpperCamelCase.
type names struct {
	Name, Plural string
	Zh           string
}

// upper matches the beginning of a word in UpperCamelCase.
var upper = regexp.MustCompile(`[A-Z]`)

// words splits a name at its capital letters.
func words(camel, separator string) string {
	return strings.TrimPrefix(upper.ReplaceAllStringFunc(camel, func(s string) string { return separator + strings.ToLower(s) }), separator)
}

func lower(camel string) string { return strings.ToLower(camel[:1]) + camel[1:] }

// Package is the name of the Go package.
func (n names) Package() string { return strings.ToLower(n.Name) }

// Lower is the singular of google.api.resource.
func (n names) Lower() string { return lower(n.Name) }

// LowerPlural is the collection.
func (n names) LowerPlural() string { return lower(n.Plural) }

// Snake is the name of a field.
func (n names) Snake() string { return words(n.Name, "_") }

// SnakePlural is the name of a list and of the table.
func (n names) SnakePlural() string { return words(n.Plural, "_") }

// Words is the name in a sentence.
func (n names) Words() string { return words(n.Name, " ") }

// WordsPlural is the plural in a sentence.
func (n names) WordsPlural() string { return words(n.Plural, " ") }

// plural returns the regular plural of an English noun.
func plural(noun string) string {
	switch {
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") && !strings.HasSuffix(noun, "ey") && !strings.HasSuffix(noun, "oy"):
		return noun[:len(noun)-1] + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"), strings.HasSuffix(noun, "sh"):
		return noun + "es"
	}
	return noun + "s"
}

// article puts the indefinite article before a noun.
func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeio") {
		return "an " + noun
	}
	return "a " + noun
}

func title(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
