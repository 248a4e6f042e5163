// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testjson_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/internal/testjson"
)

func parse(limits testjson.Limits, pieces ...string) []testjson.Event {
	p := testjson.NewParser(limits)
	var all []testjson.Event
	for _, s := range pieces {
		p.Feed([]byte(s))
		for ev := range p.Events() {
			all = append(all, ev)
		}
	}
	p.Close()
	for ev := range p.Events() {
		all = append(all, ev)
	}
	return all
}

const stream = `{"Time":"2026-11-22T13:00:00.5Z","Action":"start","Package":"example.com/a"}
{"Action":"run","Package":"example.com/a","Test":"TestA"}
{"Action":"output","Package":"example.com/a","Test":"TestA","Output":"tab\there \"q\" \u003ca\u003e \u00e9 é\n"}
# example.com/b
half a line {"Time":"2026-11-22T13:00:01Z","Action":"pass","Package":"example.com/a","Test":"TestA","Elapsed":0.01}
{"Action":"attr","Package":"example.com/a","Test":"TestA","Key":"k","Value":"v w"}
{"ImportPath":"b [b.test]","Action":"build-output","Output":"b.go:1:1: no\n"}
{"ImportPath":"b [b.test]","Action":"build-fail"}
{"Action":"fail","Package":"b","Elapsed":1e-3,"FailedBuild":"b [b.test]"}
{"Action":
{}
{"Action":"pass","Package":"example.com/a","Elapsed":2}`

func TestParser(t *testing.T) {
	got := parse(testjson.Limits{}, stream)
	want := []testjson.Event{
		{Time: time.Date(2026, 11, 22, 13, 0, 0, 5e8, time.UTC), Action: "start", Package: "example.com/a"},
		{Action: "run", Package: "example.com/a", Test: "TestA"},
		{Action: "output", Package: "example.com/a", Test: "TestA", Output: "tab\there \"q\" <a> é é\n"},
		{Output: "# example.com/b\n"},
		{Output: "half a line "},
		{Time: time.Date(2026, 11, 22, 13, 0, 1, 0, time.UTC), Action: "pass", Package: "example.com/a", Test: "TestA", Elapsed: 0.01},
		{Action: "attr", Package: "example.com/a", Test: "TestA", Key: "k", Value: "v w"},
		{Action: "build-output", ImportPath: "b [b.test]", Output: "b.go:1:1: no\n"},
		{Action: "build-fail", ImportPath: "b [b.test]"},
		{Action: "fail", Package: "b", Elapsed: 0.001, FailedBuild: "b [b.test]"},
		{Output: "{\"Action\":\n"},
		{Output: "{}\n"},
		{Action: "pass", Package: "example.com/a", Elapsed: 2},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d events, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("event %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestParserSplit(t *testing.T) {
	want := parse(testjson.Limits{}, stream)
	for i := range stream {
		if got := parse(testjson.Limits{}, stream[:i], stream[i:]); !reflect.DeepEqual(got, want) {
			t.Fatalf("split at %d: got %+v", i, got)
		}
	}
	if got := parse(testjson.Limits{}, strings.Split(stream, "")...); !reflect.DeepEqual(got, want) {
		t.Errorf("split everywhere: got %+v", got)
	}
}

func TestParserBound(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for _, pieces := range [][]string{{long + "\n{\"Action\":\"run\"}\n"}, strings.Split(long+"\n{\"Action\":\"run\"}\n", "")} {
		var text strings.Builder
		var last testjson.Event
		for _, ev := range parse(testjson.Limits{Line: 100}, pieces...) {
			if len(ev.Output) > 101 {
				t.Errorf("an event of %d bytes", len(ev.Output))
			}
			text.WriteString(ev.Output)
			last = ev
		}
		if text.String() != long+"\n" || last.Action != testjson.Run {
			t.Errorf("got %q and %+v", text.String(), last)
		}
	}
}

// The quick way of decoding is right if it agrees with encoding/json.
func FuzzParser(f *testing.F) {
	for line := range strings.Lines(stream) {
		f.Add(line)
	}
	f.Add(`{"Action":"run","Elapsed":01}`)
	f.Add(`{"Action":"run","Elapsed":1.}`)
	f.Add("{\"Action\":\"output\",\"Output\":\"\\u0000\\/\\b\xff\"}")
	f.Fuzz(func(t *testing.T, s string) {
		all := parse(testjson.Limits{}, s)
		if one := parse(testjson.Limits{}, strings.Split(s, "")...); !reflect.DeepEqual(one, all) && len([]rune(s)) == len(s) {
			t.Fatalf("split: %+v\nwhole: %+v", one, all)
		}
		if strings.Contains(s, "\n") || strings.Contains(s[min(1, len(s)):], `{"Time":"`) {
			return
		}
		var want testjson.Event
		if json.Unmarshal([]byte(s), &want) != nil || want.Action == "" || strings.TrimSpace(s) == "null" || !strings.HasPrefix(strings.TrimSpace(s), "{") {
			want = testjson.Event{Output: s}
		}
		if s != "" && (len(all) != 1 || !reflect.DeepEqual(all[0], want)) {
			t.Errorf("got %+v, want %+v", all, want)
		}
	})
}

func BenchmarkParser(b *testing.B) {
	line := []byte(`{"Time":"2026-11-22T13:00:00.123456789Z","Action":"output","Package":"example.com/module/package","Test":"TestSomething","Output":"a line of output\n"}` + "\n")
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	p := testjson.NewParser(testjson.Limits{})
	for b.Loop() {
		p.Feed(line)
		for range p.Events() {
		}
	}
}
