// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"fmt"
	"iter"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
)

var all = encoder{true, true, time.UTC}

func newDecoder() *decoder { return &decoder{depth: 8, values: 100, location: time.UTC} }

func decode(pieces iter.Seq[[]byte]) string {
	d := newDecoder()
	for p := range pieces {
		d.Feed(p)
	}
	if err := d.Close(); err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%s %#v", d.method, d.params)
}

func one(s string) iter.Seq[[]byte] { return func(yield func([]byte) bool) { yield([]byte(s)) } }

func callOf(values ...string) string {
	s := "<?xml version='1.0'?>\n<methodCall>\n<methodName>m</methodName>\n<params>\n"
	for _, v := range values {
		s += "<param>\n<value>" + v + "</value>\n</param>\n"
	}
	return s + "</params>\n</methodCall>\n"
}

func TestDecodeValues(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"<int>-1</int>", "-1"}, {"<i4> 7 </i4>", "7"}, {"<i8>9000000000</i8>", "9000000000"}, {"<ex:i8 xmlns:ex='u'>1</ex:i8>", "1"}, {"<i1>-128</i1>", "-128"},
		{"<boolean>1</boolean>", "true"}, {"<boolean>0</boolean>", "false"},
		{"<double>-1.5</double>", "-1.5"}, {"<double>1e3</double>", "1000"},
		{"plain", `"plain"`}, {"", `""`}, {"<string></string>", `""`}, {"<string> a&lt;b\n</string>", `" a<b\n"`}, {"<string>a<!-- c -->b<![CDATA[<&]]></string>", `"ab<&"`},
		{" <string>x</string>\n", `"x"`},
		{"<base64>aGVs\n  bG8=</base64>", `[]uint8{0x68, 0x65, 0x6c, 0x6c, 0x6f}`},
		{"<nil/>", "interface {}(nil)"},
		{"<array><data></data></array>", "[]interface {}{}"},
		{"<array>\n<data>\n<value><int>1</int></value> <value>b</value></data></array>", `[]interface {}{1, "b"}`},
		{"<struct></struct>", "map[string]interface {}{}"},
		{"<struct><member><name>a b</name><value><int>1</int></value></member></struct>", `map[string]interface {}{"a b":1}`},
		{"<struct><member><value>x</value><name></name></member></struct>", `map[string]interface {}{"":"x"}`},
	} {
		doc := callOf(tt.in)
		if got, want := decode(one(doc)), "m []interface {}{"+tt.want+"}"; got != want {
			t.Errorf("%s: %s, want %s", tt.in, got, want)
		}
		protocoltest.Splits(t, []byte(doc), decode)
	}
	for in, want := range map[string]time.Time{
		"19980717T14:08:55": time.Date(1998, 7, 17, 14, 8, 55, 0, time.UTC), "1998-07-17T14:08:55": time.Date(1998, 7, 17, 14, 8, 55, 0, time.UTC),
		"19980717T14:08:55Z": time.Date(1998, 7, 17, 14, 8, 55, 0, time.UTC), "1998-07-17T14:08:55+02:00": time.Date(1998, 7, 17, 12, 8, 55, 0, time.UTC),
	} {
		d := newDecoder()
		d.Feed([]byte(callOf("<dateTime.iso8601>" + in + "</dateTime.iso8601>")))
		if err := d.Close(); err != nil || !d.params[0].(time.Time).Equal(want) {
			t.Errorf("%s: %v %v", in, d.params, err)
		}
	}
	if got := decode(one("<methodCall><methodName>a.b</methodName></methodCall>")); got != "a.b []interface {}(nil)" {
		t.Error(got)
	}
}

// What is not a call is refused: wrong numbers, elements out of place, and what XML can be made to do (class 56).
func TestDecodeErrors(t *testing.T) {
	bomb := "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>"
	for _, tt := range []struct{ in, want string }{
		{"", "no element"}, {"<methodCall/>", "without a methodName"}, {"<methodResponse/>", "instead of methodCall"}, {"x<a/>", "outside of the root"},
		{"<methodCall><params/></methodCall>", "does not belong"}, {"<methodCall><methodName>a</methodName><methodName>b</methodName></methodCall>", "does not belong"},
		{"<methodCall><methodName>a</methodName><params/><params/></methodCall>", "does not belong"},
		{"<methodCall><methodName>a<b/></methodName></methodCall>", "does not belong"},
		{"<methodCall><methodName>" + strings.Repeat("a", maxName+1) + "</methodName></methodCall>", "too long"},
		{"<methodCall><methodName>a</methodName><params><param/></params></methodCall>", "param without a value"},
		{callOf("<int></int>"), `int ""`}, {callOf("<int>1.5</int>"), `int "1.5"`}, {callOf("<int>2147483648</int>"), "int"}, {callOf("<int>0x1</int>"), "int"}, {callOf("<i8>9223372036854775808</i8>"), "i8"},
		{callOf("<i1>128</i1>"), "i1"}, {callOf("<boolean>true</boolean>"), "boolean"}, {callOf("<boolean></boolean>"), "boolean"},
		{callOf("<double>nan</double>"), "double"}, {callOf("<double>1e999</double>"), "double"}, {callOf("<double>0x1p4</double>"), "double"}, {callOf("<double>1_0</double>"), "double"},
		{callOf("<dateTime.iso8601>yesterday</dateTime.iso8601>"), "dateTime"}, {callOf("<base64>!</base64>"), "base64"}, {callOf("<nil>x</nil>"), "nil"},
		{callOf("x<int>1</int>"), "does not belong"}, {callOf("<int>1</int>x"), "does not belong"}, {callOf("<int>1</int><int>1</int>"), "does not belong"}, {callOf("<float>1</float>"), "does not belong"},
		{callOf("<int><int>1</int></int>"), "does not belong"}, {callOf("<array></array>"), "array without data"}, {callOf("<array><value/></array>"), "does not belong"},
		{callOf("<array><data/><data/></array>"), "does not belong"}, {callOf("<array><data>x</data></array>"), "does not belong"}, {callOf("<struct><member/></struct>"), "without name"},
		{callOf("<struct><member><name>a</name></member></struct>"), "without name"}, {callOf("<struct><value/></struct>"), "does not belong"},
		{callOf("<struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct>"), "twice"},
		{callOf(strings.Repeat("<array><data><value>", 8) + strings.Repeat("</value></data></array>", 8)), errDepth.Error()},
		{callOf(strings.Repeat("<x>", 100)), "does not belong"},
		{callOf("<array><data>" + strings.Repeat("<value/>", 100) + "</data></array>"), errCount.Error()},
		{bomb + callOf("&b;"), "not supported"}, {callOf("&b;"), "entity"}, {callOf("\x00"), "no character"}, {"<?xml version='1.0' encoding='latin1'?>" + callOf(""), "UTF-8"},
	} {
		got := decode(one(tt.in))
		if !strings.HasPrefix(got, "error: ") || !strings.Contains(got, tt.want) {
			t.Errorf("%.200s: %s, want %s", tt.in, got, tt.want)
		}
	}
}

type point struct {
	X    int `json:"x"`
	Y    *float64
	Skip string   `json:"-"`
	Tags []string `json:"tags,omitempty"`
	priv int
}

func TestAssign(t *testing.T) {
	f := 2.5
	now := time.Unix(0, 0)
	for _, tt := range []struct{ in, want any }{
		{int64(1), int8(1)}, {int64(1), uint16(1)}, {int64(3), 3.0}, {1.5, float32(1.5)}, {"s", "s"}, {true, true}, {[]byte("b"), []byte("b")}, {now, now},
		{[]any{int64(1), int64(2)}, []int{1, 2}}, {[]any{}, []int{}}, {map[string]any{"a": "b"}, map[string]string{"a": "b"}},
		{map[string]any{"x": int64(1), "Y": 2.5, "tags": []any{"t"}, "unknown": "u", "priv": int64(1)}, point{X: 1, Y: &f, Tags: []string{"t"}}},
		{nil, (*int)(nil)}, {[]any{nil, int64(1)}, []any{nil, int64(1)}}, {"k", time.Duration(0).String()[:0] + "k"},
	} {
		into := reflect.New(reflect.TypeOf(tt.want)).Elem()
		if err := assign(into, tt.in); err != nil || !reflect.DeepEqual(into.Interface(), tt.want) {
			t.Errorf("%v into %T: %v %v", tt.in, tt.want, into, err)
		}
	}
	for _, tt := range []struct {
		in, into any
		want     string
	}{
		{int64(128), int8(0), "128 does not fit into int8"}, {int64(-1), uint(0), "does not fit"}, {"1", 0, "string instead of int"}, {1.5, 0, "double instead of int"}, {nil, 0, "nil instead of int"},
		{true, 0, "boolean instead of int"}, {[]byte("x"), "", "base64 instead of string"}, {now, "", "dateTime.iso8601 instead of string"}, {map[string]any{}, 1, "struct instead of int"}, {map[string]any{}, now, "struct instead"},
		{[]any{"x"}, []int{}, "element 0: string"}, {[]any{}, []byte{}, "array instead"}, {map[string]any{"x": "y"}, point{}, `member "x": string`}, {map[string]any{"x": "y"}, map[string]int{}, `member "x": string`},
		{map[string]any{}, map[int]int{}, "struct instead"}, {1e300, float32(0), "double instead of float32"},
	} {
		err := assign(reflect.New(reflect.TypeOf(tt.into)).Elem(), tt.in)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v into %T: %v, want %s", tt.in, tt.into, err, tt.want)
		}
	}
}

func TestEncode(t *testing.T) {
	type node struct{ Next *node }
	cycle := &node{}
	cycle.Next = cycle
	f := 0.5
	for _, tt := range []struct {
		in   any
		want string // within value; an error if it begins with xmlrpc:
	}{
		{1, "<int>1</int>"}, {uint8(2), "<int>2</int>"}, {int64(math.MaxInt32) + 1, "<i8>2147483648</i8>"}, {true, "<boolean>1</boolean>"}, {false, "<boolean>0</boolean>"},
		{"a<&>\r\n", "<string>a&lt;&amp;&gt;&#13;\n</string>"}, {1e21, "<double>1000000000000000000000</double>"}, {float32(0.1), "<double>0.1</double>"}, {nil, "<nil/>"}, {(*int)(nil), "<nil/>"}, {&f, "<double>0.5</double>"},
		{[]byte("hello"), "<base64>aGVsbG8=</base64>"}, {time.Date(1998, 7, 17, 16, 8, 55, 0, time.FixedZone("", 7200)), "<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>"},
		{[]any{1, "b"}, "<array><data><value><int>1</int></value><value><string>b</string></value></data></array>"}, {[2]bool{}, "<array><data><value><boolean>0</boolean></value><value><boolean>0</boolean></value></data></array>"},
		{map[string]int{"b": 2, "a<": 1}, "<struct><member><name>a&lt;</name><value><int>1</int></value></member><member><name>b</name><value><int>2</int></value></member></struct>"},
		{point{X: 1, Skip: "s", priv: 2}, "<struct><member><name>x</name><value><int>1</int></value></member><member><name>Y</name><value><nil/></value></member></struct>"},
		{raw("<value>raw</value>"), ""},
		{"\x00", "xmlrpc: XML cannot hold"}, {"\xff", "xmlrpc: XML cannot hold"}, {map[string]int{"\x01": 1}, "xmlrpc: XML cannot hold the name"}, {math.NaN(), "xmlrpc: there is no double"}, {uint64(math.MaxUint64), "xmlrpc: a uint64"},
		{map[int]int{}, "xmlrpc: a map[int]int cannot be sent: its keys"}, {make(chan int), "xmlrpc: a chan int"}, {[]any{make(chan int)}, "xmlrpc:"}, {point{Tags: []string{"\x00"}}, "xmlrpc:"}, {cycle, "xmlrpc: a value is nested too deeply"},
	} {
		b, err := all.value(nil, reflect.ValueOf(tt.in), 0)
		switch {
		case strings.HasPrefix(tt.want, "xmlrpc:"):
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%T: %v, want %s", tt.in, err, tt.want)
			}
		case tt.want == "":
			if string(b) != "<value>raw</value>" || err != nil {
				t.Errorf("raw: %s %v", b, err)
			}
		case err != nil || string(b) != "<value>"+tt.want+"</value>":
			t.Errorf("%v: %s %v, want %s", tt.in, b, err, tt.want)
		}
	}
	plain := encoder{location: time.UTC}
	for _, v := range []any{nil, int64(1) << 40, []any{nil}} {
		if _, err := plain.value(nil, reflect.ValueOf(v), 0); err == nil {
			t.Errorf("%v was sent", v)
		}
	}
	if got := string(plain.fault(nil, 1, "a\x00<\xff")); !strings.Contains(got, "<string>a\uFFFD&lt;\uFFFD</string>") {
		t.Error(got)
	}
}

// What is decoded can be encoded, and is the same when it is decoded again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(callOf("<int>1</int>", "a", "<array><data><value/></data></array>", "<struct><member><name>n</name><value><nil/></value></member></struct>")))
	f.Add([]byte(callOf("<base64>aGVsbG8=</base64>", "<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>", "<double>1.5</double>", "<boolean>1</boolean>")))
	f.Fuzz(func(t *testing.T, in []byte) {
		d := newDecoder()
		for i := range in {
			d.Feed(in[i : i+1])
		}
		whole := decode(one(string(in)))
		if err := d.Close(); err != nil {
			if whole != "error: "+err.Error() {
				t.Fatalf("whole: %s, in pieces: %v", whole, err)
			}
			return
		}
		if d.count > d.values {
			t.Fatal("too many values")
		}
		doc := "<methodCall><methodName>" + string(escape(nil, d.method)) + "</methodName><params>"
		for _, p := range d.params {
			b, err := all.value(nil, reflect.ValueOf(p), 0)
			if err != nil {
				t.Fatal(err)
			}
			doc += "<param>" + string(b) + "</param>"
		}
		if again := decode(one(doc + "</params></methodCall>")); len(d.params) > 0 && again != whole && !strings.Contains(whole, "time.") {
			t.Fatalf("%s\nbecame\n%s", whole, again)
		}
	})
}
