package contract

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// catalogue is the file with the Chinese translations of the suite's texts, by the English text.
const catalogue = "platform/fault/chinese.go"

// If a text were changed in the code but not in the catalogue, Chinese users would receive it in English.
func TestEveryTranslatedTextIsOneThatTheSuiteSays(t *testing.T) {
	const root = "../.."
	said := map[string]bool{}
	for _, module := range []string{"platform", "gateway", "services", "wancun"} {
		for _, path := range sources(t, filepath.Join(root, module)) {
			if !strings.HasSuffix(filepath.ToSlash(path), catalogue) {
				texts(t, path, func(text string) { said[text] = true })
			}
		}
	}
	translated := 0
	keys(t, filepath.Join(root, catalogue), func(english string) {
		translated++
		if !said[english] {
			t.Errorf("%s translates %q, which no part of the suite says", catalogue, english)
		}
	})
	if translated == 0 {
		t.Errorf("%s translates nothing", catalogue)
	}
}

// Chinese users would receive a refusal without a translation in English.
func TestEveryTextOfARefusalIsTranslated(t *testing.T) {
	const root = "../.."
	translated := map[string]bool{}
	keys(t, filepath.Join(root, catalogue), func(english string) { translated[english] = true })
	refusals := 0
	for _, module := range []string{"platform", "gateway", "services"} {
		for _, path := range sources(t, filepath.Join(root, module)) {
			given(t, path, func(text string) {
				refusals++
				if !translated[text] {
					t.Errorf("%s says %q, which %s does not translate", path, text, catalogue)
				}
			})
		}
	}
	if refusals < 50 {
		t.Errorf("%d refusals were found, too few to be all", refusals)
	}
}

// given calls fn with each sentence that a file passes to a function of package fault, or to its Collector.
func given(t *testing.T, path string, fn func(string)) {
	t.Helper()
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		of, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := of.X.(*ast.Ident)
		if said := ok && pkg.Name == "fault" || of.Sel.Name == "Add" && len(call.Args) > 2; !said {
			return true // neither a function of package fault nor Collector.Add
		}
		for _, a := range call.Args {
			if text, whole := literal(a); whole && strings.Contains(text, " ") {
				fn(text)
			}
		}
		return true
	})
}

// sources returns the Go files in a folder, without tests.
func sources(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no sources in %s: %v", folder, err)
	}
	return found
}

// texts calls fn with each string literal in a file. Literals joined by + are one text.
func texts(t *testing.T, path string, fn func(string)) {
	t.Helper()
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, whole := literal(e)
		if whole {
			fn(text)
		}
		return !whole
	})
}

// keys calls fn with each key of the maps in a file.
func keys(t *testing.T, path string, fn func(string)) {
	t.Helper()
	ast.Inspect(parsed(t, path), func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if text, whole := literal(pair.Key); whole {
				fn(text)
			}
		}
		return true
	})
}

func parsed(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// literal returns the value of a string literal, or of literals joined by +.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, e.Op == token.ADD && ok && also
	}
	return "", false
}
