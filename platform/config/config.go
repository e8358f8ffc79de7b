package config

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// ErrDone means that the command line asked only for a text (--help, --print-config), which has been printed. The
// program should end with success.
var ErrDone = errors.New("all that was asked for has been printed")

const envPrefix = "WANCUN"

// Program describes the program whose settings Parse reads. Every field is required.
type Program struct {
	Name        string
	Description string
	Args        []string // without the program's own name
	Stdout      io.Writer
	Stderr      io.Writer
}

// common are the flags that every program has.
type common struct {
	Config      string `help:"YAML file with settings; flags and environment variables take precedence." placeholder:"FILE"`
	PrintConfig bool   `help:"Print the settings in effect as YAML, secrets hidden, and exit." env:"-"`
}

// Parse fills settings, a pointer to a struct with kong tags, from the command line, the environment and the file. If
// the struct has commands, run the chosen one with the returned context. An error is one line for the person at the
// terminal and names the setting at fault; ErrDone is the only exception.
func Parse(p Program, settings any) (*kong.Context, error) {
	var own common
	var done bool
	file := &file{}
	k, err := kong.New(settings,
		kong.Name(p.Name), kong.Description(p.Description), kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { done = true }),
		kong.Embed(&own), kong.DefaultEnvars(envPrefix), kong.Resolvers(file),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return nil, fmt.Errorf("declare the settings of %s: %w", p.Name, err)
	}
	path, err := configPath(k, p.Args)
	if err != nil {
		return nil, err
	}
	if err := file.read(path); err != nil {
		return nil, err
	}
	ctx, err := k.Parse(p.Args)
	switch {
	case done: // --help; kong continues after printing and may report missing flags
		return nil, ErrDone
	case err != nil:
		return nil, err
	case own.PrintConfig:
		if err := printSettings(p.Stdout, ctx); err != nil {
			return nil, fmt.Errorf("print the settings: %w", err)
		}
		return nil, ErrDone
	}
	return ctx, nil
}

// configPath finds the name of the file before the other settings are read, because they may come from the file.
func configPath(k *kong.Kong, args []string) (string, error) {
	ctx, err := kong.Trace(k, args)
	if err != nil {
		return "", err
	}
	for _, element := range ctx.Path {
		if element.Flag != nil && element.Flag.Name == "config" {
			path, _ := ctx.FlagValue(element.Flag).(string)
			return path, nil
		}
	}
	return os.Getenv(envPrefix + "_CONFIG"), nil //nolint:forbidigo // this package reads the environment for main
}
