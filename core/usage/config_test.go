// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseConfig(t *testing.T) {
	text := "\ufeff# a comment\n; another\r\nlog-level = debug\n\n[web]\nlisten=tcp:80\n  listen  =  tcp:81 # part of it\nempty =\ntitle = \" a\\tb \"\n[ a   b ]\nxx = [y]\n[web]\npath = /"
	c, err := ParseConfig("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []Section{
		{"", 0, []Entry{{"log-level", "debug", 3}}},
		{"web", 5, []Entry{{"listen", "tcp:80", 6}, {"listen", "tcp:81 # part of it", 7}, {"empty", "", 8}, {"title", " a\tb ", 9}}},
		{"a b", 10, []Entry{{"xx", "[y]", 11}}},
		{"web", 12, []Entry{{"path", "/", 13}}},
	}
	if !reflect.DeepEqual(c.Sections, want) {
		t.Errorf("got %+v\nwant %+v", c.Sections, want)
	}
	if got := len(c.Section("web")); got != 5 {
		t.Errorf("%d entries of web", got)
	}
}

func TestParseConfigErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a b":          `f:1: "a b" is neither name = value nor [heading]`,
		"\n= x":        `f:2: "= x" is neither name = value nor [heading]`,
		"-ab = x":      `f:1: "-ab = x" is neither name = value nor [heading]`,
		"[web":         `f:1: "[web" is no heading: it has to be [name]`,
		"[a[b]]":       `f:1: "[a[b]]" is no heading: it has to be [name]`,
		"ab = \"x":     `f:1: ab: "x is no quoted text`,
		"ab = \"x\" y": `f:1: ab: "x" y is no quoted text`,
		"ab = \xff":    "f:1: not text in UTF-8",
		"ab = \x1b[2J": "f:1: not text in UTF-8",
	} {
		if _, err := ParseConfig("f", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParseConfig: no input crashes it, and what it read, written again, is read the same.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{"", "ab = c\n[web]\nlisten = \" x\"", "[", "\ufeff#\r\n;x\n", "ab=\"\\u00e9\"", "a.b-c_d = = ="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig("f", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") || !utf8.ValidString(err.Error()) {
				t.Errorf("the error %q", err)
			}
			return
		}
		var again strings.Builder
		for i, s := range c.Sections {
			if i > 0 {
				again.WriteString("[" + s.Name + "]\n")
			}
			for _, e := range s.Entries {
				again.WriteString(e.Name + " = " + strconv.Quote(e.Value) + "\n")
			}
		}
		d, err := ParseConfig("f", []byte(again.String()))
		if err != nil {
			t.Fatalf("%q, from %q: %v", again.String(), text, err)
		}
		for i, s := range c.Sections {
			if d.Sections[i].Name != s.Name || len(d.Sections[i].Entries) != len(s.Entries) {
				t.Fatalf("section %d: %+v, was %+v", i, d.Sections[i], s)
			}
			for j, e := range s.Entries {
				if g := d.Sections[i].Entries[j]; g.Name != e.Name || g.Value != e.Value {
					t.Errorf("entry %+v, was %+v", g, e)
				}
			}
		}
	})
}

// TestPrecedence: command line, environment, file, default, also for an option that is repeated and one of a sub-command.
func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("level = file\nquiet = yes\nlist = f1\nlist = f2\n[web]\npath = file\n[alone]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		env  map[string]string
		want []string // level, quiet, list, path
	}{
		{"default", []string{"web"}, nil, []string{"default", "false", "d", "default"}},
		{"file", []string{"--config", file, "web"}, nil, []string{"file", "true", "f1 f2", "file"}},
		{"file behind", []string{"web", "--config", file}, nil, []string{"file", "true", "f1 f2", "file"}},
		{"file by environment", []string{"web"}, map[string]string{"X_CONFIG": file}, []string{"file", "true", "f1 f2", "file"}},
		{"environment", []string{"--config", file, "web"}, map[string]string{"X_LEVEL": "env", "X_QUIET": "0", "X_LIST": "e1\ne2\n", "X_WEB_PATH": "env"},
			[]string{"env", "false", "e1 e2", "env"}},
		{"command line", []string{"--config", file, "--level=line", "--list", "l1", "web", "--path=line", "--list", "l2"}, map[string]string{"X_LEVEL": "env", "X_LIST": "e", "X_WEB_PATH": "env"},
			[]string{"line", "true", "l1 l2", "line"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			level, quiet, list, path := "default", false, []string{"d"}, "default"
			o := &Options{Name: "x", EnvPrefix: "X", lookup: func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }}
			o.ConfigFile("config", "", "")
			o.String(&level, "level", "", "")
			o.Flag(&quiet, "quiet", "", "")
			o.Strings(&list, "list", "", "")
			o.AddCommand(Command{Name: "web", New: func(sub *Options) {
				sub.Inherit = true
				sub.String(&path, "path", "", "")
			}})
			o.AddCommand(Command{Name: "alone"})
			if err := o.Parse(tt.args); err != nil {
				t.Fatal(err)
			}
			got := []string{level, strconv.FormatBool(quiet), strings.Join(list, " "), path}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSourceErrors: what is wrong elsewhere than on the command line is told with its place.
func TestSourceErrors(t *testing.T) {
	dir := t.TempDir()
	_, notThere := os.Open("/nowhere/x")
	for _, tt := range []struct {
		file string
		env  map[string]string
		want string
	}{
		{"levl = x\n", nil, "FILE:1: levl: there is no such option: did you mean level?"},
		{"\nn = x\n", nil, "--config: FILE:2: \"n = x\" is neither name = value nor [heading]"},
		{"num = x\n", nil, `FILE:1: num: "x" is not a number`},
		{"help = yes\n", nil, "FILE:1: help: there is no such option"},
		{"config = other\n", nil, "FILE:1: config: there is no such option"},
		{"show = x\n", nil, "FILE:1: show: there is no such option"},
		{"[wbe]\n", nil, "FILE:1: section [wbe] is no command's: did you mean web?"},
		{"[web]\nnum = 1\n", nil, "FILE:2: num: there is no such option"},
		{"[web x]\n", nil, "FILE:1: section [web x] is no command's"},
		{"", map[string]string{"X_NUM": "y"}, `$X_NUM: "y" is not a number`},
		{"", map[string]string{"X_CONFIG": "/nowhere/x"}, "$X_CONFIG: open /nowhere/x: " + errors.Unwrap(notThere).Error()},
		{strings.Repeat("#\n", maxConfig), nil, "--config: FILE is larger than 1048576 bytes"},
	} {
		file := filepath.Join(dir, "f")
		if err := os.WriteFile(file, []byte(tt.file), 0o600); err != nil {
			t.Fatal(err)
		}
		n, level := 0, ""
		o := &Options{Name: "x", EnvPrefix: "X", lookup: func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }}
		o.ConfigFile("config", "", "")
		o.Int(&n, "num", "", "")
		o.String(&level, "level", "", "")
		o.Action(func() error { return nil }, "show", "", "")
		o.AddCommand(Command{Name: "web"})
		args := []string{"web"}
		if tt.file != "" {
			args = []string{"--config", file, "web"}
		}
		if err := o.Parse(args); err == nil || strings.ReplaceAll(err.Error(), file, "FILE") != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
