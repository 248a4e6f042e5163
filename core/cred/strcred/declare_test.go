// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package strcred_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/strcred"
	"github.com/torsion-go/torsion/core/usage"
)

// TestCommandLine has a program that supports names and passwords only.
func TestCommandLine(t *testing.T) {
	kind := reflect.TypeFor[cred.UsernamePassword]()
	none := filepath.Join(t.TempDir(), "nonexistent")
	for _, tt := range []struct {
		args     string
		checkers int
		warning  string
		mistake  string // of a usage.Error
		help     []string
		not      string // not in help
	}{
		{args: ""},
		{args: "--auth memory:a:b", checkers: 1},
		{args: "--auth memory:a:b --auth memory:c:d", checkers: 2},
		{args: "--auth=file:" + none, checkers: 1, warning: none},
		{args: "--auth anonymous", mistake: "does not use that authentication type"},
		{args: "--auth bogus", mistake: "no such authentication type"},
		{args: "--auth memory:secret", mistake: "bad argument"},
		{args: "--auth file:", mistake: "bad argument"},
		{args: "--auth", mistake: "needs a value"},
		{args: "--help-auth", help: []string{"memory", "file", "unix", "ARGUMENT"}, not: "anonymous"},
		{args: "--help-auth-type memory", help: []string{"--auth memory"}, not: "Warning"},
		{args: "--help-auth-type anonymous", help: []string{"--auth anonymous", "Warning: this program does not use"}},
		{args: "--help-auth-type bogus", mistake: "no such authentication type"},
		{args: "--help", help: []string{"--auth=TYPE[:ARGUMENT]", "--help-auth-type"}, not: "anonymous"},
	} {
		var warnings bytes.Buffer
		auth := strcred.Options{Supported: []reflect.Type{kind}, Warnings: &warnings}
		o := usage.Options{Name: "server"}
		auth.Declare(&o)
		err := o.Parse(strings.Fields(tt.args))
		help, _ := errors.AsType[*usage.HelpError](err)
		mistake, _ := errors.AsType[*usage.Error](err)
		switch {
		case (help != nil) != (tt.help != nil) || (mistake != nil) != (tt.mistake != "") || err != nil && help == nil && mistake == nil:
			t.Errorf("%s: %v", tt.args, err)
		case help != nil:
			for _, want := range tt.help {
				if !strings.Contains(help.Text, want) || tt.not != "" && strings.Contains(help.Text, tt.not) {
					t.Errorf("%s: %q lacks %q or has %q", tt.args, help.Text, want, tt.not)
				}
			}
		case mistake != nil:
			if !strings.Contains(err.Error(), tt.mistake) || !strings.HasPrefix(err.Error(), "--") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v, want %q", tt.args, err, tt.mistake)
			}
		case len(auth.Checkers()) != tt.checkers || len(auth.CheckersFor(kind)) != tt.checkers:
			t.Errorf("%s: %d checkers", tt.args, len(auth.Checkers()))
		}
		if (warnings.Len() > 0) != (tt.warning != "") || !strings.Contains(warnings.String(), tt.warning) {
			t.Errorf("%s: the warning %q", tt.args, &warnings)
		}
	}
}

// TestSources: what stands on the command line takes the place of the environment's.
func TestSources(t *testing.T) {
	t.Setenv("SERVER_AUTH", "memory:a:b\nmemory:c:d")
	for args, want := range map[string]int{"": 2, "--auth memory:e:f": 1} {
		var auth strcred.Options
		o := usage.Options{Name: "server", EnvPrefix: "SERVER"}
		auth.Declare(&o)
		if err := o.Parse(strings.Fields(args)); err != nil || len(auth.Checkers()) != want {
			t.Errorf("%q: %d checkers, %v", args, len(auth.Checkers()), err)
		}
	}
}

func ExampleOptions_Declare() {
	auth := strcred.Options{Supported: []reflect.Type{reflect.TypeFor[cred.UsernamePassword]()}}
	o := usage.Options{Name: "server"}
	auth.Declare(&o)
	if err := o.Parse([]string{"--auth", "memory:alice:secret"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(auth.Checkers()), "checker")
	// Output: 1 checker
}
