package cli

import (
	"os"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// progress draws a bar where somebody watches, and prints a line per stage elsewhere.
type progress struct {
	terminal *terminal
	bar      *progressbar.ProgressBar // nil if nobody watches
	label    string
}

func newProgress(t *terminal) *progress {
	p := &progress{terminal: t}
	if f, ok := t.note.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(t.note), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false), // no two calls take as long
			progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(65_000_000))
	}
	return p
}

// report says that so many steps of all are done.
func (p *progress) report(done, total int, label string) {
	if p.bar == nil {
		if label != p.label {
			p.terminal.notef("%s …\n", label)
		}
		p.label = label
		return
	}
	p.bar.ChangeMax(total)
	p.bar.Describe(label)
	_ = p.bar.Set(done) // a bar that cannot be drawn stops nothing
}

// wait says that something is under way of which nobody knows how much is done.
func (p *progress) wait(label string) {
	if p.bar != nil {
		p.bar.Describe(label)
		p.bar.ChangeMax(-1)
	}
}

// clear makes room for a result; the next report draws the bar again.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
