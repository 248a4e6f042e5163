// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files")

// helped has everything that help can show.
func helped() *Options {
	s := newSample()
	o := s.o
	o.Short = "Show what help looks like"
	o.Long = "This text is longer than the first one, so that it needs to be wrapped at the width that the terminal has.\nIt goes on here.\n\nA second paragraph.\n\n  this line   stays as it is, however long it may be, since it begins with blanks"
	o.Example = "sample --quiet x\n  sample -l tcp:80 -l tcp:81 y"
	o.EnvPrefix = "SAMPLE"
	o.ConfigFile("config", "", "read options from a file")
	secret := ""
	o.String(&secret, "secret", "", "not shown").Hidden = true
	o.String(&secret, "a-name-that-is-too-long-for-its-column", "", "has its words on the next line, and more than one line of them")
	o.Rest(&s.rest, "FILE", "files to look at, of which there may be none at all, or more than fit on one line of a terminal", 0)
	return o
}

func grouped() *Options {
	var log []string
	o := newTree(&log)
	o.AddCommand(Command{Name: "hidden", Hidden: true})
	fast := false
	o.Group("Speed")
	o.Flag(&fast, "fast", "", "in a group of its own")
	o.AddCommand(Command{Name: "other", Short: "in a group of its own", Group: "Others"})
	return o
}

func TestHelpGolden(t *testing.T) {
	sub := func(name string) *Options {
		o := grouped()
		return o.Sub(o.command(name))
	}
	for _, tt := range []struct {
		name, columns string
		o             *Options
	}{
		{"sample", "", helped()},
		{"narrow", "50", helped()},
		{"wide", "160", helped()},
		{"tree", "not a number", grouped()},
		{"sub", "1", sub("web")},
		{"nothing", "", &Options{Name: "nothing"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("COLUMNS", tt.columns)
			got := tt.o.Help()
			golden := filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestHelpFits: no line is longer than the terminal is wide, but those that stay as they are.
func TestHelpFits(t *testing.T) {
	t.Setenv("COLUMNS", "50")
	for line := range strings.Lines(helped().Help()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 50 && !strings.Contains(line, "stays as it is") && !strings.Contains(line, "--a-name") {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// TestEach: everything that a generator of completion wants is there to see.
func TestEach(t *testing.T) {
	o := helped()
	var names []string
	for opt := range o.Each() {
		names = append(names, opt.Long)
		if opt.Long == "format" && (!slices.Equal(opt.Choices, []string{"text", "json"}) || opt.Default != "text" || !opt.HasValue()) {
			t.Errorf("format is %+v", opt)
		}
		if opt.Long == "listen" && (!opt.Repeated || opt.Short != "l" || o.EnvName(opt) != "SAMPLE_LISTEN") {
			t.Errorf("listen is %+v", opt)
		}
		if opt.Long == "help" && (opt.HasValue() || o.EnvName(opt) != "") {
			t.Errorf("help is %+v", opt)
		}
		if opt.Long == "config" && opt.Complete != Files {
			t.Errorf("config is %+v", opt)
		}
	}
	if want := []string{"quiet", "debug", "host-name"}; !slices.Equal(names[:3], want) || !slices.Equal(names[len(names)-2:], []string{"version", "help"}) {
		t.Errorf("the options are %q", names)
	}
	if args := slices.Collect(o.Arguments()); len(args) != 1 || args[0].Name != "FILE" || args[0].Max != -1 {
		t.Errorf("the arguments are %v", args)
	}
	var commands []string
	for c := range grouped().Commands() {
		commands = append(commands, c.Name)
	}
	if want := []string{"web", "alone", "raw", "hidden", "other", "found"}; !slices.Equal(commands, want) {
		t.Errorf("the commands are %q, want %q", commands, want)
	}
}
