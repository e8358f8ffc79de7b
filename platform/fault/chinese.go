package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wancun/wancun/platform/label"
)

// InChinese returns the Chinese translation (zh-CN) of an English text of the suite, "" if there is none. A text with
// verbs of package fmt is looked up with the verbs.
func InChinese(english string) string { return translations[english] }

// Say formats a text in both languages. The Chinese is "" if the text has no translation. An enum value is formatted as
// its name in English and its label in Chinese, and [label.Words] in the language of the text.
func Say(format string, args ...any) (english, zh string) {
	if f, ok := translations[format]; ok {
		chinese := slices.Clone(args)
		for i, arg := range args {
			chinese[i] = inChinese(arg)
		}
		zh = fmt.Sprintf(f, chinese...)
	}
	return fmt.Sprintf(format, args...), zh
}

// Choice is a list of alternatives as one argument of [Say]: "A, B or C", in Chinese "A、B 或 C". Words that are not
// names have translations in the same table as the texts.
type Choice []any

// String implements [fmt.Stringer], in English.
func (o Choice) String() string { return joinedOr(o, ", ", " or ") }

func joinedOr(values []any, comma, or string) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], comma) + or + words[last]
}

// inChinese returns the Chinese form of an argument.
func inChinese(value any) any {
	switch v := value.(type) {
	case protoreflect.Enum:
		return labelOf(v)
	case label.Words:
		return v.Zh
	case Choice:
		words := make([]any, len(v))
		for i, one := range v {
			words[i] = inChinese(one)
			if word, ok := one.(string); ok {
				words[i] = cmp.Or(translations[word], word)
			}
		}
		return joinedOr(words, "、", " 或 ")
	}
	return value
}

// labelOf returns the Chinese label of an enum value, or its number if the enum does not have it.
func labelOf(e protoreflect.Enum) string {
	if v := e.Descriptor().Values().ByNumber(e.Number()); v != nil {
		return label.Value(v).Zh
	}
	return fmt.Sprint(e.Number())
}

// translations maps the English texts of the suite, with their verbs, to Chinese. The verbs of both texts take the same
// arguments; a Chinese text with another order numbers them. Texts that are missing here are English only.
var translations = map[string]string{
	// Who calls.
	"%s lies outside the caller's area or organization":                                       "%s 不在调用者的区域或社会组织之内",
	"is not a whole sign-in code, which has %d characters":                                    "不是完整的登录码，登录码有 %d 个字符",
	"the token was issued in the future: compare the clocks of its issuer and of this server": "令牌的签发时间在将来：请核对签发方与本服务器的时钟",
	"the token is good for longer than %v":                                                    "令牌的有效期超过 %v",
	"the token's grants are not valid: %v":                                                    "令牌中的授权无效：%v",
	"area":                                                                                    "区域",
	"organization":                                                                            "社会组织",
	"does not name the %s concerned":                                                          "没有写明所涉及的%s",
	"successor: %s lies outside the caller's area":                                            "successor：%s 不在调用者的区域之内",
	"the caller wrote %s, so another %s must answer for it":                                   "调用者写过 %s，须由另一位 %s 答复",
	"every party wrote a part of %s, so none can answer for it":                               "各方都写过 %s 的一部分，因此无人可以答复",
	"the caller's party wrote %s, so a %s must answer for it":                                 "调用者一方写过 %s，须由 %s 答复",
	"person":                                                                 "人员",
	"this call needs a token":                                                "此调用需要令牌",
	"the token is not valid":                                                 "令牌无效",
	"the token has expired":                                                  "令牌已过期",
	"the token expired during the call":                                      "令牌在调用期间过期",
	"the token is longer than %d bytes":                                      "令牌超过 %d 字节",
	"authorization must be one bearer token":                                 "authorization 须为一个 bearer 令牌",
	"the sign-in code is not valid any more":                                 "登录码已失效",
	"none of the caller's roles may make this call":                          "调用者的角色均无权进行此调用",
	"no policy admits anybody to this method":                                "没有任何规则允许调用此方法",
	"lies outside the caller's area or organization":                         "不在调用者的区域或社会组织之内",
	"%s would lie outside the caller's area or organization":                 "%s 将超出调用者的区域或社会组织",
	"what this request wrote lies outside the caller's area or organization": "此请求所写的内容不在调用者的区域或社会组织之内",
	"%s may only be changed by those who may read it":                        "%s 只能由有权查看者修改",
	"a log is read whole, and the caller's role is bound to a part of the province or to an organization": "日志须整体读取，而调用者的角色只限于部分区域或某一社会组织",

	// What is there.
	"%q was not found": "%q 不存在",
	"is for the first message, which says it for all rows": "只能写在第一条消息中，对所有行有效",
	"%q exists already":                                         "%q 已存在",
	"request_id %q was used for another request":                "request_id %q 已用于另一请求",
	"the same request id is being used at this moment":          "同一请求标识正在使用中",
	"%q was changed since the etag was issued":                  "%q 在取得 etag 之后已被修改",
	"%q was changed by others each time; try again":             "%q 每次都被他人先行修改，请重试",
	"the resources were changed by others each time; try again": "资源每次都被他人先行修改，请重试",
	"no village is named %s in the township %s of %s":           "%[3]s 的 %[2]s 没有名为 %[1]s 的村",
	"no village is named %s in %s":                              "%[2]s 没有名为 %[1]s 的村",

	// What cannot be done now.
	"%s needs the state %s, and the %s is %s":                                                                          "%s须在状态为%s时进行，而%s的状态为%s",
	"the request has more than %s, the most that this method takes":                                                    "请求超过 %s，这是此方法的上限",
	"the request body has more than %s, the most that this path takes":                                                 "请求体超过 %s，这是此路径的上限",
	"the request takes more memory than this server gives to one request: send it in several parts":                    "请求所需内存超过本服务器给予一个请求的上限：请分几次发送",
	"the requests under way hold the memory that this server has for them, please try again":                           "正在处理的请求已占满内存，请稍后重试",
	"the server handles at most %d calls at once, of which one caller may have half, please try again":                 "服务器最多同时处理 %d 个调用，一个调用者最多占一半，请稍后重试",
	"too many calls of this caller, or of callers without a token, wait for positions; ask again, or without at_least": "此调用者或无令牌的调用者有过多调用在等待位置；请重试，或不带 at_least",
	"others wrote resources like these each time; try again":                                                           "每次都有他人先行写入相同内容，请重试",
	"report does not follow logs/%s, which does not extend what it has applied of it":                                  "report 不再跟踪 logs/%s，因为该日志与已应用的内容不相接",
	"temporarily unavailable, please try again":                                                                        "暂时不可用，请稍后重试",
	"the call was cancelled":                      "调用已取消",
	"the call did not finish within its deadline": "调用未能在期限内完成",
	"internal error":                              "内部错误",
	"the database is damaged; trying again does not help until its operator has restored it":                 "数据库已损坏；在运维人员恢复之前重试无用",
	"%q is not stored as the suite wrote it and cannot be used until an operator has looked at the database": "%q 的存储内容与系统所写不符，须经运维人员检查数据库后方可使用",

	// How a request is written.
	"is %d, but the data is only at %d":                                                                            "为 %d，而数据只到 %d",
	"must not be beyond the newest entry of logs/%s, as %d is":                                                     "不能超过 logs/%s 的最新条目，%d 已超过",
	"is beyond the end of %s, whose last entry is %d":                                                              "超过 %s 的末尾，其最后条目为 %d",
	"is not possible where nothing is added to the log":                                                            "在不再增加条目的日志上不能使用",
	"must be one of %s":                                                                                            "须为 %s 之一",
	"is not a time of the calendar, such as 2019-12-20T08:00:00Z":                                                  "不是有效的时间，例如 2019-12-20T08:00:00Z",
	"must not be later than now":                                                                                   "不能晚于现在",
	"must not be later than after":                                                                                 "不能晚于 after",
	"is beyond what report has applied of logs/%s, or of a log that it does not follow":                            "超出 report 已应用的 logs/%s，或是它不跟踪的日志",
	"too many calls of this caller, or of callers without a token, read an earlier moment; ask again":              "此调用者或无令牌的调用者有过多调用在读取以前的时点；请重试",
	"cannot be queried, because its facts hold for a range of days":                                                "不能查询，因为其数据在一段日期内有效",
	"is no field of its source, which are %s":                                                                      "不是该来源的字段，可用：%s",
	"is not counted in facts of this source":                                                                       "不是该来源的统计对象",
	"selects several stages, and facts count in each that they have reached; select one, or add stage to group_by": "选中了多个阶段，而数据在其到达的每个阶段都计数；请只选一个，或在 group_by 中加入 stage",
	"must be fields separated by commas, each with desc after it or not":                                           "须为逗号分隔的字段，每个之后可加 desc",
	"has the field %q, which is none of %s":                                                                        "中的 %q 不是可排序的字段，可用：%s",
	"compares quantities of different units; narrow the filter to indicators of one unit":                          "比较了不同单位的数量；请用 filter 限定为同一单位的指标",
	"has more than %d rows for this query; narrow the filter by action, indicator, measure, organization or a smaller place, or group by fewer fields": "对此查询超过 %d 行；请用 filter 按行动、指标、计量方式、社会组织或更小的区划缩小范围，或减少分组字段",
	"%s has changed since the first page; start again":                      "%s 在第一页之后已有变化，请重新开始",
	"the request is not valid":                                              "请求无效",
	"the request is not a valid message":                                    "请求不是有效的消息",
	"has a field of number %d, which is not in the contract of this server": "含有编号为 %d 的字段，而本服务器的接口没有此字段",
	"must be a day of the calendar":                                         "须为日历上存在的日期",
	"must be a day of the calendar, or absent":                              "须为日历上存在的日期，或不填",
	"must be a day of the calendar, such as 2020-06-30":                     "须为日历上存在的日期，例如 2020-06-30",
	"must not be after today":                                               "不能晚于今天",
	"must not be before start_date":                                         "不能早于 start_date",
	"must be %s, as for the batch":                                          "须为 %s，与整批一致",
	"is not a token of this list; leave it out to start again":              "不是此列表的分页令牌；不填则从头开始",
	"is of another version; leave it out to start again":                    "属于另一版本；不填则从头开始",
	"name the fields instead of `*`":                                        "请列出字段，不要用 `*`",
	"%s cannot be changed":                                                  "%s 不能修改",
	"cannot be changed after the creation":                                  "创建后不能修改",
	"is not of the form logs/action:1234":                                   "须为 logs/action:1234 的形式",
	"is not a log that report follows":                                      "不是 report 所跟踪的日志",
	"must not be beyond the size %d":                                        "不能超过大小 %d",

	// Organizations.
	"%s and at least %d more are not in the register":                                                     "%s 及至少另外 %d 个不在登记册中",
	"%s and at least %d more are in no imported edition":                                                  "%s 及至少另外 %d 个不在已导入的任何一版中",
	"must be empty, since the code's check characters fit":                                                "须为空，因为代码的校验码相符",
	"must have %d characters, not %d":                                                                     "须为 %d 个字符，而不是 %d 个",
	"must not contain %q (position %d)":                                                                   "不能含有 %q（第 %d 位）",
	"must have a digit at position %d, not %q":                                                            "第 %d 位须为数字，而不是 %q",
	"must begin with 51, 52 or 53 for a social organization, not %s":                                      "社会组织的代码须以 51、52 或 53 开头，而不是 %s",
	"has %q at position %d, where its subject code asks for %q":                                           "第 %[2]d 位为 %[1]q，而按主体标识码应为 %[3]q",
	"ends in %q, where its other characters ask for %q":                                                   "末位为 %q，而按其余各位应为 %q",
	"must be %s, as the code's category digit says":                                                       "须为%s，与代码的类别位一致",
	"must be %s, the level of %s":                                                                         "须为%s，即 %s 的级别",
	"must be divisions/%s000000, which digits 3 to 8 of the code name":                                    "须为 divisions/%s000000，即代码第 3 至 8 位所指的区划",
	"must be %s, as the code says":                                                                        "须为%s，与代码一致",
	"must be empty, since the code names the same division":                                               "须为空，因为代码所指的区划相同",
	"must be a county or a larger division, since smaller ones register no organizations":                 "须为县级或以上区划，更低一级不登记社会组织",
	"only a registrar may accept a code whose check characters do not fit":                                "只有登记人员可以接受校验码不符的代码",
	"only a registrar of the level %s or above may accept a level and division that differ from the code": "只有%s或以上的登记人员可以接受与代码不一致的级别和区划",
	"%s is not in the register":                                                                           "%s 不在登记册中",
	"must not be empty":                                                                                   "不得为空",
	"must be set for this role":                                                                           "此角色须填写",
	"must be empty for this role":                                                                         "此角色不得填写",
	"a caller with your roles may not give this role":                                                     "您的角色无权授予此角色",
	"you may give this role only in your own area and for your own organization":                          "您只能在本区域内、为本组织授予此角色",
	"the account has the role %s, which you may not give":                                                 "该账号具有“%s”角色，您无权授予此角色",
	"no person gives a role to himself or herself; ask another one who may give it":                       "不得给自己授予角色，请由其他有权授予的人员办理",
	"%s is not active": "%s 未启用",
	"the account has the power %s, to which this role does not belong; give the role to another account": "该账号的权限类别为“%s”，此角色不属于该类别，请授予其他账号",
	"the session or the token was ended, or its roles have changed":                                      "登录会话或令牌已结束，或其角色已变更",
	"must have at least %d characters":                                                                   "须至少 %d 个字符",
	"is one of the commonest passwords; choose another, such as several words":                           "是最常用的密码之一，请另选一个，例如几个词语",
	"must not contain the sign-in name":                                                                  "不得包含登录名",
	"there were too many attempts; wait and try again":                                                   "尝试次数过多，请稍候再试",
	"the name or the password is wrong, or the account was deactivated":                                  "登录名或密码有误，或账号已停用",
	"the session is over; sign in again":                                                                 "登录已结束，请重新登录",
	"is not a whole invitation code, which has %d characters":                                            "不是完整的邀请码，邀请码有 %d 个字符",
	"the invitation was used, withdrawn or has expired":                                                  "邀请已使用、已撤回或已过期",
	"the person has accepted the invitation; end the grants of the account instead":                      "邀请已被接受，请改为终止该账号的授权",
	"the invitation was withdrawn before":                                                                "邀请此前已撤回",
	"%s is not approved":                                                                                 "%s 尚未批准",

	// Divisions, villages, needs.
	"must be after valid_from":                                                  "须晚于 valid_from",
	"%s has not been taken up":                                                  "%s 尚未录入",
	"%s is a member by members[%d] on that day":                                 "%s 当日已是 members[%d] 的成员",
	"the membership of %s from %d is missing; a village leaves with a valid_to": "缺少 %s 自 %d 起的成员记录；村退出范围须填写 valid_to",
	"must be the name of a division":                                            "须为区划的名称",
	"must not be of a lower level than the predecessor; if the predecessor was divided, give each part a succession of its own": "级别不能低于原区划；如原区划被拆分，请为每一部分分别填写沿革",
	"must not be the predecessor or hold it already":                                                                  "不能是原区划，也不能已包含原区划",
	"must be of the level of the predecessor, since the kind is RENAME":                                               "须与原区划同级，因为沿革方式为更名",
	"the successions from %s lead back to %s":                                                                         "自 %s 起的沿革又回到 %s",
	"no imported edition holds %s":                                                                                    "已导入的各版均无 %s",
	"%s is not retired; import the edition that ends it first":                                                        "%s 尚未撤销；请先导入撤销它的版本",
	"%s is retired, and no succession says what became of it":                                                         "%s 已撤销，且没有沿革说明其去向",
	"the territory of %s would have %d parts, and %d is the limit; name townships or counties where they moved whole": "%s 的辖区将有 %d 个部分，上限为 %d；整体划转的乡镇或县请直接填写",
	"is the code of an earlier row as well":                                                                           "与前面某行的代码相同",
	"must be empty, since the code is that of a province":                                                             "须为空，因为这是省的代码",
	"must be the division above, whose code the own one begins with":                                                  "须为上一级区划，即代码前几位所指者",
	"is neither in this edition nor among the divisions that are not retired":                                         "既不在本版中，也不是现行区划",
	"the edition of %s was imported, which is later than %s":                                                          "已导入 %s 版，晚于 %s",
	"must be the code of a village, not of a %s":                                                                      "须为村的代码，而不是 %s 的代码",
	"no imported edition holds this division":                                                                         "已导入的各版均无此区划",
	"this division is retired":                                                                                        "此区划已撤销",
	"must be a county, which %s is not":                                                                               "须为县级区划，%s 不是",

	// Campaigns, deliveries, statements.
	"%s lies outside the new dates":                                                   "%s 在新的起止日期之外",
	"%s is an action, which is a heading by itself":                                   "%s 是行动，行动本身就是标题",
	"the campaign has no action %s":                                                   "活动没有行动 %s",
	"the campaign has no action and no heading %s":                                    "活动没有行动或标题 %s",
	"%s is the id of %s[%d] as well":                                                  "%s 也是 %s[%d] 的标识",
	"must be %s for the kind %s":                                                      "类型为%[2]s时须为 %[1]s",
	"must not be %s for the kind %s":                                                  "类型为%[2]s时不能为 %[1]s",
	"the action %s cannot be removed":                                                 "不能删除行动 %s",
	"the indicator %s cannot be removed":                                              "不能删除指标 %s",
	"the %s of the indicator %s cannot be changed":                                    "不能修改指标 %[2]s 的 %[1]s",
	"%s does not exist":                                                               "%s 不存在",
	"is no action of %s":                                                              "不是 %s 的行动",
	"is no indicator of %s":                                                           "不是 %s 的指标",
	"%s cannot give a figure of the kind %s":                                          "%s 不能得出类型为 %s 的数字",
	"must be a dimension of %s":                                                       "须为 %s 的统计对象",
	"must be absent unless different ones are counted":                                "只在不重复计数时填写",
	"must be a stage of %s":                                                           "须为 %s 的阶段",
	"must be absent, since %s name no indicator":                                      "须为空，因为 %s 不指明指标",
	"cannot be checked, since this program does not know the source":                  "无法检查：本程序不认识该来源",
	"must join conditions on organizations to the others by AND":                      "对社会组织的条件须以 AND 与其他条件连接",
	"can name fields of organizations only where different organizations are counted": "只有统计不同的社会组织时才能使用社会组织的字段",
	"is not counted by deliveries":                                                    "不按交付统计",
	"%s belongs to the action %s":                                                     "%s 属于行动 %s",
	"must be within the dates of %s":                                                  "须在 %s 的起止日期之内",
	"must be 0, since %s is counted in %s":                                            "须为 0，因为 %s 以 %s 计",
	"must be greater than 0, in the unit %s":                                          "须大于 0，单位为 %s",
	"must be greater than 0, since %s is counted in %s":                               "须大于 0，因为 %s 以 %s 计",
	"must be absent without a value":                                                  "没有价值时须不填",
	"must say what the value is: cash, goods or services":                             "须说明价值是现金、物资还是服务",
	"must be %s for %s":                                                               "%[2]s 须为%[1]s",
	"%s is not in %s on that day":                                                     "%s 当日不在 %s 之内",
	"must be %q, the unit of %s":                                                      "须为 %q，即 %s 的单位",

	// The gateway.
	"the path or the query is not UTF-8, or has a percent sign without two hexadecimal digits after it": "路径或查询不是 UTF-8，或其中的百分号后面不是两位十六进制数字",
	"the query cannot be read: separate parameters by &, and write a semicolon as %3B":                  "无法读取查询：参数之间用 & 分隔，分号写作 %3B",
	"the body must be application/json, in UTF-8":                                                       "请求体须为 UTF-8 的 application/json",
	"the body must not be compressed: send it without Content-Encoding":                                 "请求体不能压缩：请不带 Content-Encoding 发送",
	"this request takes no body: give its fields in the query":                                          "此请求不带请求体：字段请写在查询中",
	"the body must be an object":                                                                        "请求体须为一个对象",
	"the request body did not arrive in time":                                                           "请求体未能及时到达",
	"the request body did not arrive whole":                                                             "请求体不完整",
	"there is nothing at this path; /docs lists what there is":                                          "此路径下没有内容；/docs 列有全部路径",
	"a page of another origin may not send this request":                                                "其他来源的网页不能发送此请求",
	"is not a query parameter of this path":                                                             "不是此路径的查询参数",
	"there is no such field":                                                                            "没有此字段",
	"is given more than once":                                                                           "重复给出",
	"must be a list":                                                                                    "须为列表",
	"must be an object":                                                                                 "须为对象",
	"must be true or false":                                                                             "须为 true 或 false",
	"must be a whole number of at most 32 bits":                                                         "须为 32 位以内的整数",
	"must be a whole number of at most 64 bits":                                                         "须为 64 位以内的整数",
	"must be a number":                                                                                  "须为数字",
	"must be a text":                                                                                    "须为文本",
	"must be bytes in Base64":                                                                           "须为 Base64 编码的字节",
	"must be a time such as 2019-08-20T00:00:00Z":                                                       "须为时间，例如 2019-08-20T00:00:00Z",
	"must be a duration such as 1.5s":                                                                   "须为时长，例如 1.5s",
	"must be names of fields, separated by commas":                                                      "须为字段名，以逗号分隔",
	"must contain a letter or a Chinese character":                                                      "须含有字母或汉字",
}
