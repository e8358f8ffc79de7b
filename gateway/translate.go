package gateway

import (
	"cmp"
	"net/http"

	"github.com/wancun/wancun/platform/fault"
)

// translated returns the problem in Chinese, as far as its texts are translated.
func (p problem) translated() problem {
	p.Title = cmp.Or(titles[p.Status], p.Title)
	p.Detail = cmp.Or(p.chinese, fault.InChinese(p.Detail), p.Detail)
	errors := make([]field, len(p.Errors))
	for i, f := range p.Errors {
		errors[i] = f
		errors[i].Detail = cmp.Or(f.inChinese(), f.Detail)
		errors[i].Label = cmp.Or(f.labelChinese, f.Label)
	}
	p.Errors = errors
	return p
}

// inChinese returns the detail in Chinese, or "" if it has no translation.
func (f field) inChinese() string { return cmp.Or(f.chinese, fault.InChinese(f.Detail)) }

// firstOf returns the detail in Chinese of a problem about the first of some fields, or "" if it has no translation.
func firstOf(wrong []field) string {
	if len(wrong) == 0 {
		return ""
	}
	return wrong[0].sayChinese(wrong[0].inChinese())
}

// titles are the Chinese texts of HTTP statuses.
var titles = map[int]string{
	http.StatusBadRequest:            "请求无效",
	http.StatusUnauthorized:          "未经身份验证",
	http.StatusForbidden:             "无权操作",
	http.StatusNotFound:              "未找到",
	http.StatusMethodNotAllowed:      "方法不允许",
	http.StatusRequestTimeout:        "请求超时",
	http.StatusConflict:              "冲突",
	http.StatusRequestEntityTooLarge: "请求体过大",
	http.StatusUnsupportedMediaType:  "不支持的媒体类型",
	http.StatusMisdirectedRequest:    "请求的主机不对",
	http.StatusTooManyRequests:       "请求过多",
	499:                              "客户端已关闭请求",
	http.StatusInternalServerError:   "服务器内部错误",
	http.StatusNotImplemented:        "尚未实现",
	http.StatusServiceUnavailable:    "服务暂时不可用",
	http.StatusGatewayTimeout:        "网关超时",
}
