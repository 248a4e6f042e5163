// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
	"github.com/torsion-go/torsion/logger/jsonlog"
	"github.com/torsion-go/torsion/logger/loggertest"
)

// read returns the events written again, and what was logged.
func read(t *testing.T, r io.Reader, c jsonlog.ReadConfig) (events, logged []string) {
	t.Helper()
	log, rec := loggertest.New("test")
	c.Log = log
	for e, err := range jsonlog.NewReader(r, c).Events() {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(jsonlog.Append(nil, e, jsonlog.Options{})))
	}
	for _, e := range rec.Events() {
		logged = append(logged, strings.SplitN(e.Text(), ":", 2)[0])
	}
	return events, logged
}

func TestReader(t *testing.T) {
	const (
		truncated  = "Unable to read truncated JSON record"
		unreadable = "Unable to read JSON record"
		undecoded  = "Unable to decode UTF-8 for JSON record"
	)
	a, b, c := `{"a": 1}`, `{"b": 2}`, `{"c": 3}`
	deep := strings.Repeat("[", 1000)
	for _, tt := range []struct {
		name, in       string
		c              jsonlog.ReadConfig
		events, logged []string
	}{
		{"truncated", "\x1e{\"a\":1}\n\x1e{\"b\":2", jsonlog.ReadConfig{}, []string{a}, []string{truncated}},
		{"bad", "\x1e{\"a\":1}\n\x1ebad\n\x1e{\"c\":3}\n", jsonlog.ReadConfig{}, []string{a, c}, []string{unreadable}},
		{"lines", "{\"a\":1}\n{\"b\":2}\n", jsonlog.ReadConfig{}, []string{a, b}, nil},
		{"last line open", "{\"a\":1}\n{\"b\":2}", jsonlog.ReadConfig{}, []string{a, b}, nil},
		{"blank lines", "\x1e{\"a\":1}\n\n\n\x1e{\"b\":2}\n", jsonlog.ReadConfig{}, []string{a, b}, nil},
		{"nothing", "", jsonlog.ReadConfig{}, nil, nil},
		{"empty records", "\x1e\x1e{\"a\":1}\n\x1e", jsonlog.ReadConfig{}, []string{a}, nil},
		{"not UTF-8", "{\"a\":\"\xff\"}\n{\"b\":2}\n", jsonlog.ReadConfig{}, []string{b}, []string{undecoded}},
		{"own separator", "--{\"a\":1}\n--{\"b\":2}\n", jsonlog.ReadConfig{Separator: "--"}, []string{a, b}, nil},
		{"CRLF", "{\"a\":1}\r\n\r\n{\"b\":2}\r\n", jsonlog.ReadConfig{NDJSON: true}, []string{a, b}, nil},
		{"no object", "[1]\n5\n{\"b\":2}\n", jsonlog.ReadConfig{}, []string{b}, []string{unreadable, unreadable}},
		{"deep", deep + "\n{\"b\":2}\n", jsonlog.ReadConfig{}, []string{b}, []string{unreadable}},
		{"too long", "\x1e{\"a\":1}\n\x1e" + strings.Repeat("x", 100) + "\n\x1e{\"b\":2}\n", jsonlog.ReadConfig{MaxRecord: 50}, []string{a, b}, []string{"JSON record is longer than 50 octets"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(tt.in), "octets": iotest.OneByteReader(strings.NewReader(tt.in)), "data with EOF": iotest.DataErrReader(strings.NewReader(tt.in))} {
				events, logged := read(t, r, tt.c)
				if !slices.Equal(events, tt.events) || !slices.Equal(logged, tt.logged) {
					t.Errorf("%s: got %q, logged %q; want %q, %q", name, events, logged, tt.events, tt.logged)
				}
			}
		})
	}
}

// TestReaderSplits cuts a file at every octet.
func TestReaderSplits(t *testing.T) {
	in := "\x1e{\"a\":\"\\u00e9\xc3\xa9\"}\n\x1ebad\n\x1e{\"c\":3}\n\x1e{\"d\":4"
	events, logged := read(t, strings.NewReader(in), jsonlog.ReadConfig{})
	for i := range len(in) {
		e, l := read(t, io.MultiReader(strings.NewReader(in[:i]), strings.NewReader(in[i:])), jsonlog.ReadConfig{})
		if !slices.Equal(e, events) || !slices.Equal(l, logged) {
			t.Errorf("cut at %d: %q, %q", i, e, l)
		}
	}
}

func TestReaderErrors(t *testing.T) {
	broken := errors.New("disk")
	d := jsonlog.NewReader(io.MultiReader(strings.NewReader("{\"a\":1}\n"), iotest.ErrReader(broken)), jsonlog.ReadConfig{})
	if _, err := d.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Next(); err != broken {
		t.Errorf("got %v", err)
	}
	if _, err := d.Next(); err != broken {
		t.Errorf("again: got %v", err)
	}
}

func TestParse(t *testing.T) {
	uuid := `"__class_uuid__": "02E59486-F24D-46AD-8224-3ACDF2A5732A"`
	for _, tt := range []struct{ in, want string }{
		{`{"v": NaN}`, `NaN`}, {`{"v": -Infinity}`, `-Inf`}, {`{"v": 1e999}`, `+Inf`}, {`{"v": -0.5e-1}`, `-0.05`},
		{`{"v": 18446744073709551615}`, `18446744073709551615`}, {`{"v": 123456789012345678901234567890}`, `123456789012345678901234567890`},
		{`{"v": "\ud83d\ude00\ud83d"}`, "\U0001f600\ufffd"}, {`{"v": 1, "v": 2}`, `2`}, {`{"v": {}}`, `{}`}, {`{"v": []}`, `[]`},
		{`{"v": [1, {"a": null}, [true]]}`, `[1, {a: <nil>}, [true]]`}, {`{"v": {"name": "warn", ` + uuid + `}}`, `<LogLevel=warn>`},
		{`{"v": {"name": "loud", ` + uuid + `}}`, `<nil>`}, {`{"v": {"x": 1, "__class_uuid__": "00000000-0000-0000-0000-000000000000"}}`, `{x: 1, __class_uuid__: "00000000-0000-0000-0000-000000000000"}`},
	} {
		e, err := jsonlog.Parse([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		e.Format, e.HasFormat = "{v}", true
		if got := e.Text(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
	for _, bad := range []string{"", "{", "{}x", `{"a" 1}`, `{"a": 01}`, `{"a": 1.}`, `{"a": "` + "\n" + `"}`, `{"a": "\q"}`, `{"a": "\u12"}`, `{'a': 1}`, `{"a": 1,}`, `[1`, `{"a": -}`, `{"a": ` + strings.Repeat("9", 5000) + `}`} {
		if e, err := jsonlog.Parse([]byte(bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, e)
		}
	}
}

// TestLegacy reads an event of twisted.python.log.msg as Twisted writes it.
func TestLegacy(t *testing.T) {
	e, err := jsonlog.Parse([]byte(`{"system": "-", "message": ["old", "style"], "time": 1709211845.000678, "isError": 0, "log_time": 1709211845.000678, "log_text": "old style", ` +
		`"log_format": "{log_text}", "log_level": ` + level("info") + `, "log_namespace": "log_legacy", "log_system": "-", "log_flattened": {"log_text!s:": "old style", "log_text!:": "old style"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := format.Classic(e, format.Options{Location: time.UTC}), "2024-02-29T13:04:05+0000 [-] old style\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e.Namespace != "log_legacy" || e.Level != logger.Info {
		t.Errorf("namespace %q, level %v", e.Namespace, e.Level)
	}
	if got := loggertest.Value(e, "message").Any(); !reflect.DeepEqual(got, []any{"old", "style"}) {
		t.Errorf("message: %v", got)
	}
}

func TestSeekTime(t *testing.T) {
	dir := t.TempDir()
	for _, o := range []jsonlog.Options{{}, {NDJSON: true}} {
		path := filepath.Join(dir, fmt.Sprint("log", o.NDJSON))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		obs := jsonlog.NewObserver(f, o)
		for i := range 200 {
			e := event(logger.Info, "{i}", slog.Int("i", i), slog.String("pad", strings.Repeat("x", i*7%50)))
			e.Time = time.Unix(int64(i/3*10), 0)
			obs.Observe(e)
		}
		for sec := -5; sec < 700; sec += 5 {
			if err := jsonlog.SeekTime(f, time.Unix(int64(sec), 0)); err != nil {
				t.Fatal(err)
			}
			got := -1
			if e, err := jsonlog.NewReader(f, jsonlog.ReadConfig{}).Next(); err == nil {
				got = int(loggertest.Value(e, "i").Int64())
			}
			want := max((sec+9)/10*3, 0)
			if want >= 200 {
				want = -1
			}
			if got != want {
				t.Errorf("%+v: at %d: event %d, want %d", o, sec, got, want)
			}
		}
		f.Close()
	}
}

// TestSeekTimeLongLines has lines that are too long to hold between the records.
func TestSeekTimeLongLines(t *testing.T) {
	long := strings.Repeat("x", 3<<20) + "\n"
	in := "{\"log_time\": 10.0, \"n\": 1}\n" + long + "{\"log_time\": 20.0, \"n\": 2}\n" + long + "{\"log_time\": 30.0, \"n\": 3}\n"
	for sec, want := range map[int64]int64{5: 1, 15: 2, 25: 3} {
		f := strings.NewReader(in)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := jsonlog.SeekTime(f, time.Unix(sec, 0))
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; err != nil || got > 200<<20 {
			t.Errorf("%v, %d octets", err, got)
		}
		log, _ := loggertest.New("test")
		e, err := jsonlog.NewReader(f, jsonlog.ReadConfig{Log: log}).Next()
		if err != nil || loggertest.Value(e, "n").Int64() != want {
			t.Errorf("at %d: %v, %v", sec, e, err)
		}
	}
}

// TestHostileFlattened has as many fields in a format as find room in a record, and as many flattened.
func TestHostileFlattened(t *testing.T) {
	var keys []string
	const n = 50_000
	for i := range n {
		key := "a!s:"
		if i > 0 {
			key = fmt.Sprintf("a!s:/%d", i+1)
		}
		keys = append(keys, `"`+key+`": ""`)
	}
	e, err := jsonlog.Parse([]byte(`{"log_format": "` + strings.Repeat("{a}", n) + `end", "log_flattened": {` + strings.Join(keys, ", ") + `}}`))
	if err != nil || e.Text() != "end" {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"a": [1, 2.5, null, true, "\u00e9"], "b": {"c": {}}}`, `{"log_level": ` + level("info") + `, "log_time": 1.5, "log_format": "{a}", "log_flattened": {"a!s:": "x"}}`,
		`{"log_failure": {"type": {"__module__": "m", "__name__": "N"}, "frames": [["f", "x.py", 1, [], []]], "__class_uuid__": "e76887e2-20ed-49bf-a8f8-ba25cc586f2d"}}`, `{"v": NaN}`, "\x1e{}\n{"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		log, _ := loggertest.New("fuzz")
		for e := range jsonlog.NewReader(strings.NewReader(string(in)), jsonlog.ReadConfig{Log: log}).Events() {
			format.Classic(e, format.Options{})
			text := jsonlog.Append(nil, e, jsonlog.Options{})
			back, err := jsonlog.Parse(text)
			if err != nil {
				t.Fatalf("what was written cannot be read: %v: %s", err, text)
			}
			if again := jsonlog.Append(nil, back, jsonlog.Options{}); string(again) != string(text) && len(text) < jsonlog.MaxEvent/2 {
				t.Errorf("written again:\n%s\nbefore:\n%s", again, text)
			}
		}
	})
}
