package gateway

// wordsOfAccount is wordsOf for the reasons of errors about accounts, invitations and sessions.
func wordsOfAccount(reason string) (said, bool) {
	switch reason {
	case "INVITATION_INVALID":
		return said{
			en: words{
				Title: "This invitation no longer works",
				Why:   "It was used already, or it was withdrawn, or its 72 hours are over.",
				Then: []string{
					"Did you choose a password with it before? Then sign in at /sign-in.",
					"Otherwise ask the person who invited you for a new invitation.",
				},
				Go: "Go to the documentation",
			},
			zh: words{
				Title: "邀请已失效",
				Why:   "这个邀请已经用过，或者已被撤回，或者已超过 72 小时。",
				Then:  []string{"如果此前已用它设置过密码，请到 /sign-in 登录。", "否则请向邀请您的人索取新的邀请。"},
				Go:    "前往接口文档",
			},
		}, true
	case "INVITATION_MALFORMED":
		return said{
			en: words{
				Title: "This invitation link is not complete", Why: "A part of the link is missing, or characters were added to it.",
				Then: []string{"Copy the whole link and open it again. It has not been used up by this."}, Go: "Go to the documentation",
			},
			zh: words{
				Title: "邀请链接不完整", Why: "链接缺少了一部分，或者多出了字符。",
				Then: []string{"请完整复制链接，再打开一次。刚才的操作没有用掉它。"}, Go: "前往接口文档",
			},
		}, true
	case "SESSION_OVER":
		return said{
			en: words{
				Title: "Your session is over",
				Why:   "You were signed in for too long without use, or the session was ended, or the account was deactivated.",
				Then:  []string{"Sign in again at /sign-in."}, Go: "Go to the documentation",
			},
			zh: words{
				Title: "登录已结束", Why: "长时间未使用，或者登录会话已被结束，或者账号已停用。",
				Then: []string{"请到 /sign-in 重新登录。"}, Go: "前往接口文档",
			},
		}, true
	case "NO_GRANT":
		return said{
			en: words{
				Title: "Your account has no role yet",
				Why:   "You are signed in. Without a role, you see only what is public.",
				Then:  []string{"Ask the person who invited you for a role, and then open this site again. You need not sign in again."},
				Go:    "Go to the documentation",
			},
			zh: words{
				Title: "账号尚无角色", Why: "您已登录。没有角色的账号只能查看公开内容。",
				Then: []string{"请向邀请您的人申请角色，然后重新打开本网站，无需再次登录。"}, Go: "前往接口文档",
			},
		}, true
	}
	return said{}, false
}
