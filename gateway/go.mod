module github.com/wancun/wancun/gateway

go 1.26.0

require github.com/wancun/wancun/proto v0.0.0
require github.com/wancun/wancun/platform v0.0.0

replace github.com/wancun/wancun/proto => ../proto
replace github.com/wancun/wancun/platform => ../platform
