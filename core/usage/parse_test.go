// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A sample has an option of every type.
type sample struct {
	o       *Options
	quiet   bool
	debug   bool
	host    string
	listen  []string
	retries int
	port    int
	timeout time.Duration
	limit   int64
	format  string
	called  []string
	rest    []string
}

func newSample() *sample {
	s := &sample{o: &Options{Name: "sample", Version: "sample 1.0"}, host: "localhost", listen: []string{"tcp:1"}, retries: 3, port: 80, timeout: time.Minute, limit: 1 << 20, format: "text"}
	s.o.lookup = func(string) (string, bool) { return "", false }
	s.o.Flag(&s.quiet, "quiet", "q", "say nothing")
	s.o.Flag(&s.debug, "debug", "d", "say more")
	s.o.String(&s.host, "host-name", "H", "whom to ask")
	s.o.Strings(&s.listen, "listen", "l", "where to listen")
	s.o.Int(&s.retries, "retries", "", "how often to try")
	s.o.Port(&s.port, "port", "p", "port")
	s.o.Duration(&s.timeout, "timeout", "t", "how long to wait")
	s.o.Size(&s.limit, "limit", "", "bytes at most")
	s.o.Enum(&s.format, []string{"text", "json"}, "format", "", "how to write")
	s.o.Func(func(t string) error { s.called = append(s.called, t); return nil }, "call", "c", "call something")
	return s
}

func TestParse(t *testing.T) {
	type values struct {
		quiet, debug  bool
		host          string
		listen        []string
		retries, port int
		timeout       time.Duration
		limit         int64
		format        string
		called        []string
	}
	standard := func(change func(v *values)) values {
		v := values{host: "localhost", listen: []string{"tcp:1"}, retries: 3, port: 80, timeout: time.Minute, limit: 1 << 20, format: "text"}
		if change != nil {
			change(&v)
		}
		return v
	}
	for _, tt := range []struct {
		args string
		want values
	}{
		{"", standard(nil)},
		{"-q", standard(func(v *values) { v.quiet = true })},
		{"-qd", standard(func(v *values) { v.quiet, v.debug = true, true })},
		{"--quiet=no --debug=yes", standard(func(v *values) { v.debug = true })},
		{"--host-name=a", standard(func(v *values) { v.host = "a" })},
		{"--host_name a", standard(func(v *values) { v.host = "a" })},
		{"--host a", standard(func(v *values) { v.host = "a" })},
		{"--ho=", standard(func(v *values) { v.host = "" })},
		{"-Ha", standard(func(v *values) { v.host = "a" })},
		{"-H a", standard(func(v *values) { v.host = "a" })},
		{"-qHa", standard(func(v *values) { v.quiet, v.host = true, "a" })},
		{"-H --quiet", standard(func(v *values) { v.host = "--quiet" })},
		{"-l x -l y", standard(func(v *values) { v.listen = []string{"x", "y"} })},
		{"--retries -1", standard(func(v *values) { v.retries = -1 })},
		{"--retries 0x10", standard(func(v *values) { v.retries = 16 })},
		{"-p 65535 -p0", standard(func(v *values) { v.port = 0 })},
		{"-t 90", standard(func(v *values) { v.timeout = 90 * time.Second })},
		{"-t 1h30m", standard(func(v *values) { v.timeout = 90 * time.Minute })},
		{"--limit 64K", standard(func(v *values) { v.limit = 64 << 10 })},
		{"--limit 2GiB", standard(func(v *values) { v.limit = 2 << 30 })},
		{"--limit 10MB", standard(func(v *values) { v.limit = 10 << 20 })},
		{"--limit 512", standard(func(v *values) { v.limit = 512 })},
		{"--format json", standard(func(v *values) { v.format = "json" })},
		{"-c a -c b", standard(func(v *values) { v.called = []string{"a", "b"} })},
		{"--", standard(nil)},
	} {
		t.Run(tt.args, func(t *testing.T) {
			s := newSample()
			if err := s.o.Parse(strings.Fields(tt.args)); err != nil {
				t.Fatal(err)
			}
			got := values{s.quiet, s.debug, s.host, s.listen, s.retries, s.port, s.timeout, s.limit, s.format, s.called}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--lisen=x", `there is no option --lisen: did you mean --listen?`},
		{"--zzzzzzzz", `there is no option --zzzzzzzz`},
		{"-z", `there is no option -z`},
		{"-qz", `there is no option -z`},
		{"--li x", `--li may mean --limit or --listen`},
		{"--=x", `there is no option --`},
		{"--host-name", `--host-name: needs a value`},
		{"-H", `--host-name: needs a value`},
		{"--quiet=perhaps", `--quiet: "perhaps" is neither yes nor no`},
		{"--help=x", `--help: takes no value`},
		{"--retries x", `--retries: "x" is not a number`},
		{"--retries 99999999999999999999", `--retries: "99999999999999999999" is too large`},
		{"-p 65536", `--port: "65536" is not a port number between 0 and 65535`},
		{"-p -1", `--port: "-1" is not a port number between 0 and 65535`},
		{"-t soon", `--timeout: "soon" is not a time such as 1m30s or 500ms`},
		{"--limit K", `--limit: "K" is not a size such as 512, 64K or 10M`},
		{"--limit 5iB", `--limit: "5iB" is not a size such as 512, 64K or 10M`},
		{"--limit 9999999T", `--limit: "9999999T" is not a size such as 512, 64K or 10M`},
		{"--limit -1", `--limit: "-1" is not a size such as 512, 64K or 10M`},
		{"--format xml", `--format: "xml" is not text or json`},
		{"surplus", `unexpected argument "surplus"`},
		{"-q -", `unexpected argument "-"`},
		{"-- -q", `unexpected argument "-q"`},
		{"x -q", `unexpected argument "x"`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			err := newSample().o.Parse(strings.Fields(tt.args))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.Command != "sample" {
				t.Errorf("the error is %#v", err)
			}
		})
	}
}

// TestHelpComesFirst: whoever asks for help gets it, whatever else is wrong before its place is reached by values.
func TestHelpComesFirst(t *testing.T) {
	for args, want := range map[string]string{
		"--help": "Usage: sample [options]\n", "-h": "Usage:", "-qh": "Usage:", "--he": "Usage:", "--retries x --help": "Usage:",
		"--version": "sample 1.0\n", "--ver --nonsense": "sample 1.0\n",
	} {
		err := newSample().o.Parse(strings.Fields(args))
		if help, ok := errors.AsType[*HelpError](err); !ok || !strings.HasPrefix(help.Text, want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	o := &Options{Name: "x"}
	var host string
	o.String(&host, "host", "h", "a host") // takes -h away from help
	if err := o.Parse([]string{"-h", "a"}); err != nil || host != "a" {
		t.Errorf("-h: %q, %v", host, err)
	}
}

func TestArguments(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "error: FROM is missing"},
		{"a", "error: TO is missing"},
		{"a b", "a [] b"},
		{"a b c", "a [b] c"},
		{"a b c d", "error: unexpected argument \"d\""},
		{"-- -a b", "-a [] b"},
	} {
		var from, to string
		middle := ""
		o := &Options{Name: "copy"}
		o.Argument(&from, "FROM", "what")
		o.Argument(&middle, "VIA", "by way of").Min = 0
		o.Argument(&to, "TO", "where to")
		got := ""
		if err := o.Parse(strings.Fields(tt.args)); err != nil {
			got = "error: " + err.Error()
		} else {
			got = fmt.Sprintf("%s [%s] %s", from, middle, to)
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.args, got, tt.want)
		}
	}
}

func TestRest(t *testing.T) {
	for _, tt := range []struct {
		args         string
		interspersed bool
		want         string
	}{
		{"", false, "error: FILE is missing"},
		{"a b -q", false, "[a b -q] false"},
		{"a b -q", true, "[a b] true"},
		{"a -q -- -b", true, "[a -b] true"},
		{"a b c d", false, `error: unexpected argument "d"`},
	} {
		var files []string
		quiet := false
		o := &Options{Name: "cat", Interspersed: tt.interspersed}
		o.Flag(&quiet, "quiet", "q", "say nothing")
		o.Rest(&files, "FILE", "what to show", 1).Max = 3
		got := ""
		if err := o.Parse(strings.Fields(tt.args)); err != nil {
			got = "error: " + err.Error()
		} else {
			got = fmt.Sprint(files, " ", quiet)
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.args, got, tt.want)
		}
	}
}

func TestArgumentChoices(t *testing.T) {
	var shell string
	o := &Options{Name: "complete"}
	o.Argument(&shell, "SHELL", "which").Choices = []string{"bash", "zsh"}
	if err := o.Parse([]string{"bsh"}); err == nil || err.Error() != `SHELL: "bsh" is not bash or zsh: did you mean bash?` {
		t.Error(err)
	}
}

// newTree has sub-commands: one that inherits, one that does not, and one that takes its arguments as they are.
func newTree(log *[]string) *Options {
	level, quiet, path := "info", false, "."
	o := &Options{Name: "tree", Version: "1", EnvPrefix: "TREE", lookup: func(string) (string, bool) { return "", false }}
	o.String(&level, "level", "L", "how much to log")
	o.Flag(&quiet, "quiet", "q", "say nothing")
	o.ConfigFile("config", "", "read a file")
	o.Check(func() error {
		*log = append(*log, "tree level="+level+fmt.Sprintf(" quiet=%v", quiet))
		if level == "bad" {
			return Errorf("--level", "%q will not do", level)
		}
		return nil
	})
	o.AddCommand(Command{Name: "web", Alias: "w", Short: "serve", New: func(sub *Options) {
		sub.Inherit = true
		sub.String(&path, "path", "p", "folder")
		sub.Check(func() error { *log = append(*log, "web path="+path); return nil })
	}})
	o.AddCommand(Command{Name: "alone", Short: "inherits nothing", New: func(sub *Options) {}})
	o.AddCommand(Command{Name: "raw", Short: "a program", Raw: true})
	o.More = func() []Command { return []Command{{Name: "found", Raw: true}, {Name: "web", Raw: true}} }
	return o
}

func TestCommands(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"web", "tree level=info quiet=false, web path=."},
		{"w -p x", "tree level=info quiet=false, web path=x"},
		{"-L debug web --path x", "tree level=debug quiet=false, web path=x"},
		{"web --level debug --path x -q", "tree level=debug quiet=true, web path=x"},
		{"-L warn web --lev debug", "tree level=debug quiet=false, web path=."},
		{"web --level bad", "error of tree: --level: \"bad\" will not do"},
		{"web x", "error of tree web: unexpected argument \"x\""},
		{"alone -q", "error of tree alone: there is no option -q"},
		{"alone", "tree level=info quiet=false"},
		{"raw -q --help", "tree level=info quiet=false, raw [-q --help]"},
		{"found a", "tree level=info quiet=false, raw [a]"},
		{"nosuch", "error of tree: there is no command \"nosuch\""},
		{"fuond", "error of tree: there is no command \"fuond\": did you mean found?"},
		{"", "error of tree: which command?"},
	} {
		var log []string
		o := newTree(&log)
		got := ""
		if err := o.Parse(strings.Fields(tt.args)); err != nil {
			got = err.Error()
			if e, ok := errors.AsType[*Error](err); ok {
				got = "error of " + e.Command + ": " + got
			}
		} else {
			if c, sub := o.Chosen(); c.Raw {
				log = append(log, fmt.Sprintf("raw %s", sub.Raw()))
			}
			got = strings.Join(log, ", ")
		}
		if got != tt.want {
			t.Errorf("%q: got %s\nwant %s", tt.args, got, tt.want)
		}
	}
}

func TestDefaultCommand(t *testing.T) {
	var log []string
	o := newTree(&log)
	o.DefaultCommand = "web"
	if err := o.Parse([]string{"-q"}); err != nil {
		t.Fatal(err)
	}
	if c, sub := o.Chosen(); c.Name != "web" || sub.Name != "tree web" || sub.Parent() != o || !o.Given() || sub.Given() {
		t.Errorf("%v, %v", c, sub)
	}
}

// TestActionsEndParse: what an option shows ends the program, before it is told that a command is missing.
func TestActionsEndParse(t *testing.T) {
	var log []string
	o := newTree(&log)
	o.Action(func() error { return &HelpError{"list"} }, "help-things", "", "list things")
	if err := o.Parse([]string{"--help-things"}); err == nil || err.(*HelpError).Text != "list" {
		t.Error(err)
	}
}

// TestDeclarations: mistakes of the program.
func TestDeclarations(t *testing.T) {
	var b bool
	var s string
	var l []string
	for name, f := range map[string]func(o *Options){
		"option twice":     func(o *Options) { o.Flag(&b, "a-b", "", ""); o.Flag(&b, "a_b", "", "") },
		"letter twice":     func(o *Options) { o.Flag(&b, "aa", "a", ""); o.Flag(&b, "ab", "a", "") },
		"long short":       func(o *Options) { o.Flag(&b, "aa", "aa", "") },
		"dash":             func(o *Options) { o.Flag(&b, "aa", "-", "") },
		"name":             func(o *Options) { o.Flag(&b, "a b", "", "") },
		"no name":          func(o *Options) { o.Flag(&b, "", "a", "") },
		"command twice":    func(o *Options) { o.AddCommand(Command{Name: "a"}); o.AddCommand(Command{Name: "b", Alias: "a"}) },
		"after the rest":   func(o *Options) { o.Rest(&l, "A", "", 0); o.Argument(&s, "B", "") },
		"alias is command": func(o *Options) { o.AddCommand(Command{Name: "b", Alias: "a"}); o.AddCommand(Command{Name: "a"}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if v, _ := recover().(string); !strings.HasPrefix(v, "usage: ") {
					t.Errorf("panic %q", v)
				}
			}()
			f(&Options{})
		})
	}
}

func TestNearest(t *testing.T) {
	names := []string{"listen", "limit", "log-level", "web"}
	for given, want := range map[string]string{"lisen": "listen", "LISTEN": "listen", "lmiit": "limit", "loglevel": "log-level", "wbe": "web", "xyzzy": "", "": ""} {
		if got := Nearest(given, names); got != want && given != "" {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	if got := Nearest(strings.Repeat("x", 1<<20), names); got != "" {
		t.Errorf("a long one: %q", got)
	}
}
