// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
)

// tape writes down what it is told.
type tape struct {
	strings.Builder
}

func (l *tape) begin(p *Part) error {
	fmt.Fprintf(l, "[%s", p.Name)
	if p.File {
		fmt.Fprintf(l, " file=%s type=%s", p.FileName, p.Type)
	}
	l.WriteString(": ")
	return nil
}
func (l *tape) data(p []byte) error { l.Write(p); return nil }
func (l *tape) end() error          { l.WriteString("]"); return nil }

func play(pieces iter.Seq[[]byte], boundary string, config Config) string {
	config = config.withDefaults()
	var log tape
	s := newSplitter(boundary, &log, &config)
	for p := range pieces {
		if err := s.write(p); err != nil {
			return "error: " + err.Error()
		}
	}
	if err := s.close(); err != nil {
		return "error: " + err.Error()
	}
	return log.String()
}

// part returns a part of the boundary b.
func part(header, body string) string { return "--b\r\n" + header + "\r\n\r\n" + body + "\r\n" }

func field(name string) string { return `Content-Disposition: form-data; name="` + name + `"` }

var multipartTests = []struct{ name, in, want string }{
	{"two", part(field("a"), "1") + part(field("b"), "2") + "--b--\r\n", "[a: 1][b: 2]"},
	{"no CRLF at the end", part(field("a"), "1") + "--b--", "[a: 1]"},
	{"preamble and epilogue", "This is\r\nmultipart\r\n" + part(field("a"), "1") + "--b--\r\nmore\r\n--b\r\n", "[a: 1]"},
	{"padding", "--b \t\r\n" + field("a") + "\r\n\r\n1\r\n--b--", "[a: 1]"},
	{"empty value", part(field("a"), "") + "--b--", "[a: ]"},
	{"no body", "--b\r\n" + field("a") + "\r\n\r\n--b\r\n" + field("c") + "\r\n\r\n--b--", "[a: ][c: ]"},
	{"nearly boundaries", part(field("a"), "\r\n-\r\n--\r\n--a\r\n\r\r\n--\r\n\n--b") + "--b--", "[a: \r\n-\r\n--\r\n--a\r\n\r\r\n--\r\n\n--b]"},
	{"file", part(field("f")+`; filename="x.txt"`+"\r\nContent-Type: text/plain", "data") + "--b--", "[f file=x.txt type=text/plain: data]"},
	{"empty file name", part(field("f")+`; filename=""`, "") + "--b--", "[f file= type=: ]"},
	{"path of a file", part(field("f")+`; filename="../../etc/passwd"`, "") + "--b--", "[f file=passwd type=: ]"}, // class 15
	{"path of Windows", part(field("f")+`; filename="C:\dir\new.txt"`, "") + "--b--", "[f file=new.txt type=: ]"},
	{"dots", part(field("f")+`; filename="a/.."`, "") + "--b--", "[f file= type=: ]"},
	{"quotes", part(`content-disposition: Form-Data; NAME="a\"b%22c\\"; filename=tok.en`, "") + "--b--", `[a"b"c\ file=tok.en type=: ]`},
	{"UTF-8", part(field("ä")+`; filename="日本.txt"`, "ö") + "--b--", "[ä file=日本.txt type=: ö]"},
	{"filename*", part(field("f")+`; filename*=UTF-8''evil`, "") + "--b--", "[f: ]"},
	{"no end", part(field("a"), "1"), "error: web: 400: The form is malformed: its end is missing."},
	{"nothing", "", "error: web: 400: The form is malformed: its end is missing."},
	{"no boundary", "a=1&b=2", "error: web: 400: The form is malformed: its end is missing."},
	{"long preamble", strings.Repeat("x\r\n", 3000), "error: web: 400: The form is malformed: the boundary is missing."},
	{"longer boundary", "--bx\r\n" + field("a") + "\r\n\r\n1\r\n--b--", "error: web: 400: The form is malformed: something follows a boundary."},
	{"white space at the end", part(field("a"), "1") + "--b-- \t", "[a: 1]"},
	{"half a line's end", part(field("a"), "1") + "--b--\r", "[a: 1]"},
	{"no end of the last line", part(field("a"), "1") + "--b--x\r\n--b--", "error: web: 400: The form is malformed: something follows a boundary."},
	{"white space before the end", part(field("a"), "1") + "--b --\r\n", "error: web: 400: The form is malformed: something follows a boundary."},
	{"a hyphen at the end", part(field("a"), "1") + "--b-- -", "error: web: 400: The form is malformed: something follows a boundary."},
	{"bare LF", "--b\n" + field("a") + "\n\n1\n--b--", "error: web: 400: The form is malformed: something follows a boundary."},
	{"bare LF in a header", part(field("a")+"\nX: y", "1") + "--b--", "error: web: 400: The form is malformed: the header of a part."},
	{"no header", "--b\r\n\r\n1\r\n--b--", "error: web: 400: The form is malformed: a part has no header."},
	{"no disposition", part("X: y", "1") + "--b--", "error: web: 400: The form is malformed: a part has no Content-Disposition."},
	{"other disposition", part(`Content-Disposition: attachment; name="a"`, "1") + "--b--", "error: web: 400: The form is malformed: the Content-Disposition of a part."},
	{"two dispositions", part(field("a")+"\r\n"+field("b"), "1") + "--b--", "error: web: 400: The form is malformed: the Content-Disposition of a part."},
	{"two names", part(field("a")+`; name="b"`, "1") + "--b--", "error: web: 400: The form is malformed: the Content-Disposition of a part."},
	{"no name", part("Content-Disposition: form-data", "1") + "--b--", "error: web: 400: The form is malformed: the Content-Disposition of a part."},
	{"open quote", part(`Content-Disposition: form-data; name="a`, "1") + "--b--", "error: web: 400: The form is malformed: the Content-Disposition of a part."},
	{"folded", part(field("a")+"\r\n more", "1") + "--b--", "error: web: 400: The form is malformed: the header of a part."},
	{"nested", part(field("a")+"\r\nContent-Type: Multipart/Mixed; boundary=c", "1") + "--b--", "error: web: 400: The form is malformed: a part has parts of its own."}, // class 47
	{"base64", part(field("a")+"\r\nContent-Transfer-Encoding: base64", "MQ==") + "--b--", "error: web: 400: The form is malformed: a part is encoded."},
	{"large header", part(field("a")+"\r\nX: "+strings.Repeat("y", 9000), "") + "--b--", "error: web: 413: The form is too large: the header of a part."},
	{"padding without end", "--b" + strings.Repeat(" ", 1000), "error: web: 400: The form is malformed: too much white space behind a boundary."},
}

func TestSplitter(t *testing.T) {
	for _, tt := range multipartTests {
		t.Run(tt.name, func(t *testing.T) {
			if got := play(slices.Values([][]byte{[]byte(tt.in)}), "b", Config{}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSplitterSplits(t *testing.T) {
	for _, tt := range multipartTests {
		if len(tt.in) < 2000 {
			protocoltest.Splits(t, []byte(tt.in), func(pieces iter.Seq[[]byte]) string { return play(pieces, "b", Config{}) })
		}
	}
}

func TestPartLimit(t *testing.T) {
	in := strings.Repeat(part(field("a"), ""), 4) + "--b--"
	for limit, fails := range map[int]bool{3: true, 4: false} {
		got := play(slices.Values([][]byte{[]byte(in)}), "b", Config{MaxParts: limit})
		if strings.Contains(got, "web: 413: ") != fails {
			t.Errorf("limit %d: %s", limit, got)
		}
	}
}

// What is not consumed stays small, whatever comes.
func TestSplitterHolds(t *testing.T) {
	config := Config{}.withDefaults()
	s := newSplitter("b", &tape{}, &config)
	if err := s.write([]byte("--b\r\n" + field("a") + "\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := s.write([]byte("\r\n--\r\n-\r\n--")); err != nil || len(s.held) > 16 {
			t.Fatalf("holds %d bytes, %v", len(s.held), err)
		}
	}
}

func TestBoundaryOf(t *testing.T) {
	for in, want := range map[string]string{
		"multipart/form-data; boundary=abc":                        "true abc <nil>",
		`Multipart/Form-Data; Boundary="a b:c"`:                    "true a b:c <nil>",
		"multipart/form-data":                                      "true  web: 400: The form is malformed: its boundary.",
		"multipart/form-data; boundary=" + strings.Repeat("x", 71): "true  web: 400: The form is malformed: its boundary.",
		`multipart/form-data; boundary="a\r"; boundary=b`:          "false  web: 400: The form is malformed: its Content-Type.",
		"multipart/mixed; boundary=abc":                            "false  web: 415: The body is no form.",
		"application/x-www-form-urlencoded":                        "false  <nil>",
		"application/x-www-form-urlencoded; charset=UTF-8":         "false  <nil>",
		"text/plain": "false  web: 415: The body is no form.",
		"":           "false  web: 415: The body is no form.",
	} {
		multi, boundary, err := boundaryOf(in)
		if got := fmt.Sprint(multi, " ", boundary, " ", err); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// Everything that is taken is understood as mime/multipart understands it, and nothing makes the splitter panic or lose data.
func FuzzSplitter(f *testing.F) {
	for _, tt := range multipartTests {
		f.Add([]byte(tt.in), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		whole := play(slices.Values([][]byte{in}), "b", Config{})
		if n := max(cut, 1); n > 0 {
			if got := play(slices.Chunk(slices.Clone(in), n), "b", Config{}); got != whole {
				t.Fatalf("in pieces of %d: %q, whole: %q", n, got, whole)
			}
		}
		if strings.HasPrefix(whole, "error: ") || bytes.Contains(bytes.ReplaceAll(in, []byte("\r\n--b"), nil), []byte("\n--b")) {
			return // mime/multipart takes a bare LF for a line's end
		}
		var theirs strings.Builder
		mr := multipart.NewReader(bytes.NewReader(in), "b")
		for {
			p, err := mr.NextRawPart()
			if err != nil {
				if err != io.EOF {
					return // stricter in other ways
				}
				break
			}
			b, err := io.ReadAll(p)
			if err != nil {
				return
			}
			fmt.Fprintf(&theirs, "%s]", b)
		}
		var ours strings.Builder
		var bodies collect
		config := Config{}.withDefaults()
		s := newSplitter("b", &bodies, &config)
		if err := s.write(in); err != nil {
			t.Fatal(err)
		}
		for _, b := range bodies.all {
			fmt.Fprintf(&ours, "%s]", b)
		}
		if ours.String() != theirs.String() {
			t.Fatalf("ours %q, theirs %q", ours.String(), theirs.String())
		}
	})
}

type collect struct{ all []string }

func (c *collect) begin(*Part) error   { c.all = append(c.all, ""); return nil }
func (c *collect) data(p []byte) error { c.all[len(c.all)-1] += string(p); return nil }
func (c *collect) end() error          { return nil }
