package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// decode converts a file to UTF-8 without a byte order mark. A file that is not UTF-8 is read as GB18030, the encoding
// of Chinese spreadsheet programs, unless it is damaged UTF-8. An error contains the remedy if there is one; line is its
// place in the file.
func decode(content []byte) (text []byte, line int, err error) {
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return nil, 1, errors.New("this is a workbook or an archive, not a CSV file: save the sheet as CSV UTF-8")
	case bytes.HasPrefix(content, []byte{0xFF, 0xFE}), bytes.HasPrefix(content, []byte{0xFE, 0xFF}):
		return nil, 1, errors.New("the text is UTF-16: save the sheet as CSV UTF-8")
	}
	text, marked := bytes.CutPrefix(content, []byte("\uFEFF"))
	if utf8.Valid(text) {
		return text, 0, nil
	}
	if bad, meant := damage(text); marked || meant {
		return nil, 1 + bytes.Count(text[:bad], []byte("\n")), fmt.Errorf("byte %d of the text is not UTF-8", bad+1)
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		bad, _ := damage(text)
		return nil, 1 + bytes.Count(text[:bad], []byte("\n")), errors.New("the text is neither UTF-8 nor GB18030")
	}
	return decoded, 0, nil
}

// damage returns the position of the first byte that is not UTF-8, and whether the text was meant to be UTF-8
// nevertheless. It counts valid three-byte sequences: Chinese text in GB18030 has hardly any, in UTF-8 it has little
// else. Reading damaged UTF-8 as GB18030 would replace every name by another one without an error.
func damage(text []byte) (first int, meant bool) {
	first = -1
	var valid, invalid int
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			invalid++
			if first < 0 {
				first = i
			}
		case size >= 3:
			valid++
		}
		i += size
	}
	return first, valid > invalid
}
