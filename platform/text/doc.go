// Package text owns the one rule for text that people write, wherever it comes in: requests over gRPC and REST and in the
// process, cells of sheets, and texts inside filters. Because all of them follow it, a name is found by whoever types it,
// and two spellings that look the same are stored as one.
//
// # What is normalised
//
// Differences that no reader sees are removed. Text is brought to Unicode's form NFC, so that a letter and its accent are
// one character where there is one. White space of every kind, the ideographic space U+3000 and the no-break space among
// it, is trimmed at both ends, and a run of it becomes one space. Line breaks are white space, except in a field that the
// protos declare to have lines: there each line is folded by itself, breaks become \n, and at most one empty line stays
// between two others.
//
// Fields whose constraint is string.uuid are brought to lower case as well, so that an id is the same id in capitals.
//
// # What is refused
//
// Text with a character that cannot be seen or has no meaning is refused and not repaired, because what the writer meant is
// not known: control characters, format characters such as those that turn the direction of text, every code point that
// Unicode calls default ignorable (zero-width characters, variation selectors, fillers, the soft hyphen), private and
// unassigned code points, noncharacters, and U+FFFD, which stands for text that was lost. So is text that is not empty and
// has nothing to see, such as an accent alone. The planes of ideographs are an exception to the unassigned: Unicode adds to
// them with every version, and names in China need what is added.
//
// # What is left alone
//
// Fields that hold no text, such as page tokens, etags and filters, are declared opaque: unseen characters are refused in
// them, and nothing is changed. The texts inside a filter are normalised where the filter is read.
//
// Normalising is idempotent, and length constraints count what it leaves.
package text
