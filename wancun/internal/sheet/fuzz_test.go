package sheet_test

import (
	"bytes"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/wancun/wancun/wancun/internal/sheet"
)

// FuzzRead checks that any bytes result in a request or in problems inside the file, and that the same bytes result in
// the same request.
func FuzzRead(f *testing.F) {
	f.Add([]byte("code,name,level,parent_code\n430000000000,湖南省,province,\n"))
	f.Add([]byte("\uFEFF代码,名称,深度贫困村\r\n433124599201,\"示例\n村\",是\r\n"))
	f.Add([]byte(deliveries + "hope,HP04,53430000MJJ000039T,433124599201,2019/8/20,,\"1,580,000.50\",cash,\n"))
	f.Add([]byte("village,category,quantity,unit,survey_date,key\n433124599201,poor_students,3,person,2019年8月20日,A7\n"))
	f.Add([]byte("code,unit,qualifier,value\nTT01,CNY,more_than,7000000\n"))
	f.Add([]byte("code,name,deeply_poor\n\"unclosed,\xff\x00\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		first, again := load(t, content), load(t, content)
		if (first == nil) != (again == nil) || first != nil && !proto.Equal(first, again) {
			t.Error("the same bytes give another request")
		}
	})
}

func load(t *testing.T, content []byte) proto.Message {
	t.Helper()
	s, err := sheet.Read("f.csv", bytes.NewReader(content))
	var m proto.Message
	if err == nil {
		m, err = s.Request(given())
	}
	if err == nil {
		return m
	}
	var found sheet.Problems
	if !errors.As(err, &found) || len(found) == 0 {
		t.Fatalf("neither a request nor problems: %v", err)
	}
	for _, p := range found {
		if p.Line < 1 || p.Line > bytes.Count(content, []byte("\n"))+1 || p.Reason == "" {
			t.Errorf("a problem that is nowhere: %+v", p)
		}
	}
	return nil
}
