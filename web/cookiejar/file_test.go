// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/cookiejar"
)

const file = `# Netscape HTTP Cookie File
# This file was written by torsion. Edit at your own risk.

127.0.0.1	FALSE	/	FALSE	0	ip	1
::1	FALSE	/	FALSE	0	ip	2
.example.com	TRUE	/	FALSE	0	all	b c
#HttpOnly_www.example.com	FALSE	/a/b	TRUE	1772370000	session	x=y
www.example.com	FALSE	/x	FALSE	0		nameless
www.example.com	FALSE	/y	FALSE	0	empty	
`

func TestFile(t *testing.T) {
	w := newWorld(t, cookiejar.Config{})
	w.set("http://127.0.0.1/", "ip=1")
	w.set("http://[::1]/", "ip=2")
	w.set("https://www.example.com/a/b/c", "all=b c; Domain=example.com; Path=/", "session=x=y; Max-Age=3600; HttpOnly; Secure", "nameless; Path=/x", "empty=; Path=/y", "a\tb=c", "gone=1; Max-Age=1")
	w.now = epoch.Add(time.Second)
	var b bytes.Buffer
	if n, err := w.WriteTo(&b); b.String() != file || n != int64(len(file)) || err != nil {
		t.Fatalf("wrote\n%s", b.String())
	}
	again := newWorld(t, cookiejar.Config{})
	if n, err := again.ReadFrom(&b); n != int64(len(file)) || err != nil {
		t.Fatal(err)
	}
	again.WriteTo(&b)
	if b.String() != file {
		t.Errorf("read and wrote\n%s", b.String())
	}
	again.want("https://www.example.com/a/b", "session=x=y; all=b c")
	again.want("https://other.example.com/a/b", "all=b c")
	again.want("http://[::1]/", "ip=2")
}

func TestReadFrom(t *testing.T) {
	for _, tt := range []struct{ name, text, want, err string }{
		{"nothing", "", "", ""},
		{"CRLF, no newline at the end", "# x\r\nh.example\tFALSE\t/\tFALSE\t0\ta\tb\r\n\r\nh.example\tFALSE\t/\tFALSE\t0\tc\td", "a=b; c=d", ""},
		{"six fields", "h.example\tFALSE\t/\tFALSE\t0\ta", "a=", ""},
		{"a dot and FALSE", ".h.example\tFALSE\t/\tFALSE\t0\ta\tb", "a=b", ""},
		{"no dot and TRUE", "h.example\tTRUE\t/\tFALSE\t0\ta\tb", "a=b", ""},
		{"a fraction", "h.example\tTRUE\t/\tFALSE\t1803906000.123\ta\tb", "a=b", ""},
		{"a comment", "#h.example\tTRUE\t/\tFALSE\t0\ta\tb", "", ""},
		{"the first wins no more", "h.example\tFALSE\t/\tFALSE\t0\ta\t1\nh.example\tFALSE\t/\tFALSE\t0\ta\t2", "a=2", ""},
		{"expired", "h.example\tTRUE\t/\tFALSE\t1\ta\tb\nh.example\tTRUE\t/\tFALSE\t-5\ta\tb", "", ""},
		{"public suffix", ".example\tTRUE\t/\tFALSE\t0\ta\tb", "", ""},
		{"prefix", "h.example\tFALSE\t/\tFALSE\t0\t__Host-a\tb", "", ""},
		{"control characters", "h.example\tFALSE\t/\tFALSE\t0\ta\tb\x01", "", ""},
		{"spaces", "h.example FALSE / FALSE 0 a b", "", "line 1: there are not seven fields"},
		{"no flag", "\n# x\nh.example\tno\t/\tFALSE\t0\ta\tb", "", "line 3: there is neither TRUE nor FALSE"},
		{"no number", "h.example\tTRUE\t/\tFALSE\tx\tsecret\tsecret", "", "not a number"},
		{"not a number", "h.example\tTRUE\t/\tFALSE\tNaN\ta\tb", "", "not a number"},
		{"no path", "h.example\tTRUE\t\tFALSE\t0\ta\tb", "", "malformed"},
		{"a control character in the path", "h.example\tTRUE\t/\r\tFALSE\t0\ta\tb", "", "malformed"},
		{"a domain that is none", "#\tFALSE\t/\tFALSE\t0\ta\tb\n.#\tTRUE\t/\tFALSE\t0\ta\tb", "", "line 2"},
		{"no domain", "\tTRUE\t/\tFALSE\t0\ta\tb", "", "malformed"},
		{"half", "h.example\tTRUE\t/\tFALSE\t0\ta\tb\nh.example", "", "line 2"},
	} {
		w := newWorld(t, cookiejar.Config{})
		_, err := w.ReadFrom(strings.NewReader(tt.text))
		if (err == nil) != (tt.err == "") || err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := w.Header(w.url("https://h.example/")); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	w := newWorld(t, cookiejar.Config{})
	if _, err := w.ReadFrom(endless{}); !errors.Is(err, cookiejar.ErrFileTooLarge) {
		t.Errorf("endless: %v", err)
	}
	w.ReadFrom(strings.NewReader("h.example\tFALSE\t/\tFALSE\t99999999999\ta\tb"))
	for e := range w.All() {
		if e.Expires.Sub(epoch) != 400*24*time.Hour {
			t.Errorf("it expires %v", e.Expires)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestSaveAndLoad(t *testing.T) {
	name := filepath.Join(t.TempDir(), "cookies.txt")
	w := newWorld(t, cookiejar.Config{})
	if err := w.Load(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := w.Save(filepath.Join(name, "below")); err == nil {
		t.Error("saved where there is no directory")
	}
	w.set("http://h.example/", "a=b")
	for _, before := range []string{"", "old"} {
		if before != "" {
			os.Chmod(name, 0o644)
		}
		if err := w.Save(name); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if list, _ := os.ReadDir(filepath.Dir(name)); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
	w = newWorld(t, cookiejar.Config{})
	if err := w.Load(name); err != nil {
		t.Fatal(err)
	}
	w.want("http://h.example/", "a=b")
	os.WriteFile(name, []byte("x"), 0o600)
	if err := w.Load(name); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("%v", err)
	}
}

// curl reads what is written here, and what curl writes is read.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl")
	}
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	w := &world{TB: t, Jar: cookiejar.New(cookiejar.Config{}), now: time.Now()}
	w.set("https://www.example.com/a/b", "all=1; Domain=example.com; Path=/", "deep=x=y; Max-Age=3600; HttpOnly; Secure", "host=2; Path=/")
	if err := w.Save(ours); err != nil {
		t.Fatal(err)
	}
	// Without a transfer it reads one file and writes the other.
	if out, err := exec.Command(curl, "-s", "-q", "--cookie", ours, "--cookie-jar", theirs, "file:///dev/null").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	again := &world{TB: t, Jar: cookiejar.New(cookiejar.Config{})}
	if err := again.Load(theirs); err != nil {
		b, _ := os.ReadFile(theirs)
		t.Fatalf("%v in\n%s", err, b)
	}
	show := func(j *cookiejar.Jar) (list []cookiejar.Entry) {
		for e := range j.All() {
			e.Created = time.Time{}
			e.Expires = e.Expires.Truncate(time.Second)
			list = append(list, e)
		}
		return list
	}
	for i, e := range show(again.Jar) {
		if want := show(w.Jar)[i]; !e.Expires.Equal(want.Expires) {
			t.Errorf("got %v, want %v", e.Expires, want.Expires)
		}
	}
	if !slices.EqualFunc(show(again.Jar), show(w.Jar), func(a, b cookiejar.Entry) bool {
		a.Expires, b.Expires = time.Time{}, time.Time{}
		return a == b
	}) {
		t.Errorf("got %+v, want %+v", show(again.Jar), show(w.Jar))
	}
}

func FuzzReadFrom(f *testing.F) {
	f.Add(file)
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t, cookiejar.Config{MaxTotal: 5})
		if _, err := w.ReadFrom(strings.NewReader(text)); err != nil && w.Len() > 0 {
			t.Error("added in spite of an error")
		}
		var b, c bytes.Buffer
		w.WriteTo(&b)
		again := newWorld(t, cookiejar.Config{})
		if _, err := again.ReadFrom(bytes.NewReader(b.Bytes())); err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
		again.WriteTo(&c)
		if b.String() != c.String() {
			t.Errorf("wrote\n%s\nthen\n%s", b.String(), c.String())
		}
	})
}
