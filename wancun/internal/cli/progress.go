package cli

import (
	"os"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// progress draws a bar on a terminal, and prints a line per stage to other outputs.
type progress struct {
	terminal *terminal
	bar      *progressbar.ProgressBar // nil if the output is not a terminal
	label    string
}

func newProgress(t *terminal) *progress {
	p := &progress{terminal: t}
	if f, ok := t.note.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(t.note), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false), // the calls take different times
			progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(65_000_000))
	}
	return p
}

// report shows that done steps of total are finished.
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
	_ = p.bar.Set(done) // a bar that cannot be drawn does not stop the command
}

// wait shows an activity whose progress is unknown.
func (p *progress) wait(label string) {
	if p.bar != nil {
		p.bar.Describe(label)
		p.bar.ChangeMax(-1)
	}
}

// clear removes the bar before other output. The next report draws it again.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end removes the bar.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
