package bulletin

// phrases are the sentences of the text above the table, in one language. Patterns are those of package fmt.
type phrases struct {
	// The beginning, and the heading of the tables.
	intro, Annex string

	// Everything that is recorded.
	overall, allRecorded, allInScope, allConfirmed, noneConfirmed, nothingAtAll string

	// The figures of a group.
	statedAre, partlyStated                                                  string
	recordedOnly, recordedBelow, recordedAbove, recordedAgrees, recordedNone string
	noFigures                                                                string

	// Parts of sentences. clauses, names and measures are separators.
	clauses, names, measures, between, colon string
	cash, goods, service                     string
	measure                                  string // name and amount
	ofWhich, notSplit                        string
	apart                                    string // indicator and its measures
}

func englishPhrases() phrases {
	return phrases{
		intro: "This bulletin reports the results of %s. It reflects what was known on %s. Recorded figures add up the deliveries " +
			"that were recorded one by one; all other figures are as they were stated, and the notes name their sources.",
		Annex:       "Annex: indicators as stated, recorded and confirmed",
		overall:     "All recorded deliveries",
		allRecorded: "%s deliveries by %s organizations in %s villages are recorded: %s. Cash, goods and services are never added up.",
		allInScope:  "The scope has %s villages, of which %s were reached.", allConfirmed: "Villages have confirmed %s of the deliveries: %s.",
		noneConfirmed: "No delivery is confirmed by a village yet.", nothingAtAll: "No delivery is recorded yet.",
		statedAre:    "The stated figures are: %s.",
		partlyStated: "According to incomplete statistics, the stated figures are: %s.",
		recordedOnly: "Recorded, and not stated: %s.", recordedBelow: "Recorded, and below the stated figure: %s.",
		recordedAbove: "Recorded, and above the stated figure: %s.", recordedAgrees: "The records agree with the stated figures for: %s.",
		recordedNone: "Nothing is recorded yet for: %s.", noFigures: "Nothing is stated or recorded yet.",
		clauses: "; ", names: "; ", measures: ", ", between: " ", colon: ":",
		cash: "cash", goods: "goods at value", service: "services at value", measure: "%[2]s in %[1]s",
		ofWhich: " (of which %s)", notSplit: " (the source does not say which part is cash, goods or services)", apart: "%s: %s",
	}
}

func chinesePhrases() phrases {
	return phrases{
		intro: "现将%s有关情况通报如下。数据截至%s。登记数由逐笔登记的交付汇总；未注明“登记”的数字均为公布数，" +
			"来源见说明。",
		Annex:       "附件：指标公布数、登记数和村确认数",
		overall:     "总体登记情况",
		allRecorded: "共登记交付%s笔，涉及社会组织%s家、受助村%s个；%s，三种口径不作相加。",
		allInScope:  "帮扶范围内共%s个村，覆盖率%s。", allConfirmed: "经村确认%s笔：%s。",
		noneConfirmed: "尚无经村确认的交付。", nothingAtAll: "尚无登记的交付。",
		statedAre:    "%s。",
		partlyStated: "据不完全统计，%s。",
		recordedOnly: "已登记、无公布数的：%s。", recordedBelow: "登记数低于公布数的：%s。",
		recordedAbove: "登记数高于公布数的：%s。", recordedAgrees: "登记数与公布数相符的：%s。",
		recordedNone: "尚无登记的：%s。", noFigures: "尚无公布数和登记数。",
		clauses: "，", names: "、", measures: "、", between: "", colon: "：",
		cash: "现金", goods: "物资折价", service: "服务折价", measure: "%s%s",
		ofWhich: "（其中%s）", notSplit: "（来源未区分现金、物资、服务）", apart: "%s%s",
	}
}
