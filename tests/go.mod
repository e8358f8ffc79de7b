module github.com/wancun/wancun/tests

go 1.26.0

require github.com/wancun/wancun/proto v0.0.0
require github.com/wancun/wancun/platform v0.0.0
require github.com/wancun/wancun/services/org v0.0.0
require github.com/wancun/wancun/services/village v0.0.0
require github.com/wancun/wancun/services/action v0.0.0
require github.com/wancun/wancun/services/report v0.0.0
require github.com/wancun/wancun/gateway v0.0.0
require github.com/wancun/wancun/wancun v0.0.0

replace github.com/wancun/wancun/proto => ../proto
replace github.com/wancun/wancun/platform => ../platform
replace github.com/wancun/wancun/services/org => ../services/org
replace github.com/wancun/wancun/services/village => ../services/village
replace github.com/wancun/wancun/services/action => ../services/action
replace github.com/wancun/wancun/services/report => ../services/report
replace github.com/wancun/wancun/gateway => ../gateway
replace github.com/wancun/wancun/wancun => ../wancun
