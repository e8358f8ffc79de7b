// Package pdf turns a page of HTML into a PDF on A4, with its fonts embedded, so that every reader and every printer
// shows it alike.
//
// # The font
//
// kai.ttf has the characters of ASCII and GB 2312, and those of the names of Hunan's divisions: 57 of these, such as 塅,
// 垱 and 湴, are not in GB 2312. It is a subset of LXGW WenKai 1.250 (https://github.com/lxgw/LxgwWenKai), under the SIL
// Open Font License 1.1 in OFL.txt, and has another name, as that license asks. tools/font/subset.py makes it. An
// authority that issues in 仿宋 gives the path of its own font.
package pdf
