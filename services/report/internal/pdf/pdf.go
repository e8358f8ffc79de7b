package pdf

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/carlos7ags/folio/document"
	"github.com/carlos7ags/folio/font"
	"github.com/carlos7ags/folio/html"
	"golang.org/x/sync/semaphore"
)

//go:embed kai.ttf
var kai embed.FS

// FontFile is the name by which a page refers to the font: @font-face { src: url("font.ttf") }.
const FontFile = "font.ttf"

// fontFile makes one font available as FontFile.
type fontFile struct {
	files fs.FS
	name  string
}

// Open implements [fs.FS].
func (f fontFile) Open(name string) (fs.File, error) {
	if name != FontFile {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.files.Open(f.name)
}

// Printer prints pages. It is safe for concurrent use. Half of the processors print at a time; further callers wait.
type Printer struct {
	font  fontFile
	face  font.Face
	slots *semaphore.Weighted
}

// New returns a Printer with the TrueType font of a file. An empty path means the font of the package.
func New(path string) (*Printer, error) {
	file := fontFile{kai, "kai.ttf"}
	if path != "" {
		file = fontFile{os.DirFS(filepath.Dir(path)), filepath.Base(path)}
	}
	data, err := fs.ReadFile(file, FontFile)
	if err != nil {
		return nil, fmt.Errorf("read the font of printed pages: %w", err)
	}
	face, err := font.ParseFont(data)
	if err != nil {
		return nil, fmt.Errorf("read the font of printed pages from %s: %w", file.name, err)
	}
	return &Printer{font: file, face: face, slots: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2)))}, nil
}

// Has reports whether the font has a character.
func (p *Printer) Has(r rune) bool { return p.face.GlyphIndex(r) != 0 }

// Print returns a page as PDF. The title and the language of the file are those of the page. The numbers of its pages
// are at their foot. Equal pages give equal bytes. The page must not refer to anything but FontFile.
func (p *Printer) Print(ctx context.Context, page []byte, language string) ([]byte, error) {
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer p.slots.Release(1)
	d := document.NewDocument(document.PageSizeA4)
	if err := d.AddHTMLWithContext(ctx, string(page), &html.Options{BaseFS: p.font, StrictAssets: true}); err != nil {
		return nil, fmt.Errorf("lay out page: %w", err)
	}
	sum := sha256.Sum256(page)
	d.SetFileID(sum[:16])
	d.Info.Producer, d.Info.Language = "Wancun", language
	d.SetFooter(p.foot())
	var out bytes.Buffer
	if _, err := d.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}

// The number of a page is 4 mm above the lower edge of the text's margin, as in GB/T 9704-2012.
const (
	numberSize     = 10.5
	numberBaseline = 48
)

// foot returns what writes the number of a page. A margin box of the page's style would write a PDF that readers
// complain about.
func (p *Printer) foot() document.PageDecorator {
	f := font.NewEmbeddedFont(p.face)
	return func(at document.PageContext, page *document.Page) {
		text := "— " + strconv.Itoa(at.PageIndex+1) + " —"
		x := (document.PageSizeA4.Width - f.MeasureString(text, numberSize)) / 2
		page.AddTextEmbedded(text, f, numberSize, x, numberBaseline)
	}
}
