package sheet

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
	"google.golang.org/genproto/googleapis/type/date"

	"github.com/wancun/wancun/platform/day"
)

var (
	isNumber     = regexp.MustCompile(`^[0-9,]+([.]\d+)?$`)
	isGrouped    = regexp.MustCompile(`^\d{1,3}(,\d{3})+$`)
	isNegative   = regexp.MustCompile(`^[-−]\d`)
	isScientific = regexp.MustCompile(`^[0-9.]+[eE][+]?\d+$`)
	hasUnit      = regexp.MustCompile(`^[0-9.,]+[万亿千百元]+$`)
	isCode       = regexp.MustCompile(`^[1-9]\d{11}$`)
	isShortCode  = regexp.MustCompile(`^[1-9]\d(|\d{2}|\d{4}|\d{7})$`)
	isUSCC       = regexp.MustCompile(`^[0-9A-HJ-NPQRTUWXY]{18}$`)
)

// The functions below read one cell. Their errors become the reasons of problems: they say what was expected and quote
// the cell.

// misfit is the error for a cell that cannot be read.
type misfit struct {
	reason string // the same text for every cell with this error
	cell   string
}

func unfit(cell, format string, args ...any) error { return misfit{fmt.Sprintf(format, args...), cell} }

// Error implements error.
func (m misfit) Error() string { return m.reason + ": " + quote(m.cell) }

// quote quotes a cell for a message, shortened if necessary.
func quote(cell string) string {
	const most = 40
	if r := []rune(cell); len(r) > most {
		cell = string(r[:most]) + "…"
	}
	return strconv.Quote(cell)
}

// fold replaces full-width letters and digits, which Chinese input methods produce, by ASCII ones.
func fold(cell string) string { return strings.TrimSpace(width.Fold.String(cell)) }

// fixed reads a non-negative number with at most the given number of decimal places. The result is an integer in units
// of the last place: with two places "12.3" is 1230. Commas may separate groups of three digits.
func fixed(cell string, places int) (int64, error) {
	text := fold(cell)
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	switch {
	case isScientific.MatchString(text):
		return 0, scientific(cell)
	case isNegative.MatchString(text):
		return 0, unfit(cell, "must not be negative")
	case hasUnit.MatchString(text):
		return 0, unfit(cell, "write the number out, without its unit")
	case !isNumber.MatchString(text):
		return 0, unfit(cell, "not a number")
	case strings.Contains(whole, ",") && !isGrouped.MatchString(whole):
		return 0, unfit(cell, "the commas do not separate groups of three digits")
	case len(fraction) > places && places == 0:
		return 0, unfit(cell, "not a whole number")
	case len(fraction) > places:
		return 0, unfit(cell, "more than %d decimal places", places)
	}
	digits := strings.ReplaceAll(whole, ",", "") + fraction + strings.Repeat("0", places-len(fraction))
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, unfit(cell, "too large")
	}
	return n, nil
}

// scientific returns the error for a number in scientific notation: the spreadsheet program has lost its last digits.
func scientific(cell string) error {
	return unfit(cell, "a spreadsheet program has cut the number: format the column as text")
}

// code reads a statistical code of 12 digits, with or without its collection (`villages/433124001201`).
func code(cell, collection string) (string, error) {
	text := strings.TrimPrefix(fold(cell), collection+"/")
	if isScientific.MatchString(text) {
		return "", scientific(cell)
	}
	if !isCode.MatchString(text) {
		return "", unfit(cell, "not a code of 12 digits")
	}
	return text, nil
}

// uscc reads the code of an organization, with or without its collection. It does not verify the check characters; the
// organization service does.
func uscc(cell string) (string, error) {
	text := strings.ToUpper(strings.TrimPrefix(fold(cell), "organizations/"))
	if !isUSCC.MatchString(text) {
		return "", unfit(cell, "not a unified social credit code of 18 characters")
	}
	return text, nil
}

// calendarDay reads a date as 2019-08-20, 2019/8/20 or 2019年8月20日.
func calendarDay(cell string) (*date.Date, error) {
	text := strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-").Replace(fold(cell))
	t, err := time.Parse("2006-1-2", text)
	var bad *time.ParseError
	switch {
	case errors.As(err, &bad) && bad.Message != "", err == nil && t.Year() == 0:
		return nil, unfit(cell, "there is no such day")
	case err != nil:
		return nil, unfit(cell, "not a date such as 2019-08-20, 2019/8/20 or 2019年8月20日")
	}
	return day.At(t).Date(), nil
}

// Day reads a date in any form that a cell may have. It is for flags that replace a column.
func Day(text string) (*date.Date, error) { return calendarDay(text) }

// truth reads yes or no.
func truth(cell string) (bool, error) {
	switch strings.ToLower(fold(cell)) {
	case "true", "yes", "1", "是":
		return true, nil
	case "false", "no", "0", "否":
		return false, nil
	}
	return false, unfit(cell, "neither yes (true, 1, 是) nor no (false, 0, 否)")
}

// unit reads a unit as printed. It ignores a Chinese gloss in brackets and a question mark: `unit (台/套)` is `unit`, and
// `session?` is `session`.
func unit(cell string) string {
	plain, _, _ := strings.Cut(fold(cell), "(")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(plain), "?"))
}

// paddedCode reads a division code that may lack its trailing zeros, such as 430000.
func paddedCode(cell string) (string, error) {
	text := strings.TrimPrefix(fold(cell), "divisions/")
	if isShortCode.MatchString(text) {
		text += strings.Repeat("0", 12-len(text))
	}
	return code(text, "divisions")
}
