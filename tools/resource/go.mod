module github.com/wancun/wancun/tools/resource

go 1.26.0
