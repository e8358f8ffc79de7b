module github.com/wancun/wancun/services/org

go 1.26.0

require github.com/wancun/wancun/proto v0.0.0

require github.com/wancun/wancun/platform v0.0.0

require golang.org/x/text v0.43.0 // indirect

replace github.com/wancun/wancun/proto => ../../proto

replace github.com/wancun/wancun/platform => ../../platform
