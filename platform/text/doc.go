// Package text owns the one rule for text that people write, wherever it arrives: in requests over gRPC, over REST and
// within the process, in the cells of sheets, and in filters. Because all of them follow it, a name is found however it
// is typed, and two spellings that look the same are stored as one.
//
// # What is normalised
//
// Differences that no reader sees are removed. Text is converted to Unicode's form NFC, so that a letter and its accent
// are one character where there is one. White space of every kind, including the ideographic space U+3000 and the
// no-break space, is trimmed at both ends, and a run of it becomes one space. Line breaks are white space, except in a
// field that the protos declare to have lines: there each line is folded by itself, breaks become \n, and at most one
// empty line remains between two others.
//
// Fields whose constraint is string.uuid are converted to lower case as well, so that an id in capitals is the same id.
//
// # What is refused
//
// Text with a character that cannot be seen or has no meaning is refused and not repaired, because it is not known what
// the writer meant: control characters; format characters, such as those that change the direction of text; every code
// point that Unicode calls default ignorable (zero-width characters, variation selectors, fillers, the soft hyphen);
// private and unassigned code points; noncharacters; and U+FFFD, which replaces text that was lost. Text that is not
// empty and shows nothing, such as an accent alone, is refused too. Unassigned code points in the planes of ideographs
// are permitted: Unicode adds ideographs with every version, and names in China need them.
//
// # What is left alone
//
// Fields that hold no text, such as page tokens, etags and filters, are declared opaque: invisible characters are
// refused in them, and nothing is changed. The texts inside a filter are normalised where the filter is read.
//
// Normalising is idempotent. Length constraints count the normalised text.
package text
