#!/usr/bin/env python3
"""subset.py FONT DIVISIONS OUT: makes the font of printed bulletins, services/report/internal/pdf/kai.ttf.

FONT is LXGWWenKai-Regular.ttf, as in Debian's package fonts-lxgw-wenkai. DIVISIONS is a CSV file with a column name, the
names of divisions. OUT gets the characters of ASCII, GB 2312 and these names, under a name that the license does not
reserve. It needs Debian's package python3-fonttools.
"""
import csv
import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

NAME = "Wancun Kai"
COPYRIGHT, LICENSE, LICENSE_URL = 0, 13, 14  # the entries that stay as they are
ENGLISH = 0x409


def gb2312():
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                yield bytes([high, low]).decode("gb2312")
            except UnicodeDecodeError:
                pass


def main(source, divisions, out):
    wanted = {chr(c) for c in range(0x20, 0x7F)} | set(gb2312()) | set("·—…‰℃№〇〔〕㎡")
    with open(divisions, encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            wanted.update(row["name"])
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.name_IDs, options.name_languages, options.name_legacy = ["*"], ["*"], True
    options.notdef_outline, options.hinting, options.layout_features = True, False, []
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "BASE", "DSIG", "VORG", "meta", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in wanted])
    subsetter.subset(font)
    names = font["name"]
    names.names = [n for n in names.names if n.nameID in (COPYRIGHT, LICENSE, LICENSE_URL) and n.langID in (0, ENGLISH)]
    for entry, text in {
        1: NAME, 2: "Regular", 3: NAME + " 1.0", 4: NAME, 5: "Version 1.0", 6: NAME.replace(" ", "") + "-Regular",
        10: "A subset of a font under the SIL Open Font License 1.1, renamed as the license asks.",
    }.items():
        names.setName(text, entry, 3, 1, ENGLISH)
    font.save(out)
    if lost := [c for c in wanted if ord(c) not in font.getBestCmap()]:
        sys.exit(f"the font lacks {''.join(sorted(lost))}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
