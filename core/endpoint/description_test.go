// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
)

type kv = map[string]string

func TestParseDescription(t *testing.T) {
	for _, tt := range []struct {
		in  string
		pos []string
		kw  kv
	}{
		{`tcp:80`, []string{"tcp", "80"}, kv{}},
		{`tcp:80:interface=127.0.0.1`, []string{"tcp", "80"}, kv{"interface": "127.0.0.1"}},
		{`tcp`, []string{"tcp"}, kv{}},
		{``, []string{""}, kv{}},
		{`tcp:`, []string{"tcp", ""}, kv{}},
		{`:80`, []string{"", "80"}, kv{}},
		{`a:b:d=1:c`, []string{"a", "b", "c"}, kv{"d": "1"}},
		{`tcp:80:interface=\:\:1`, []string{"tcp", "80"}, kv{"interface": "::1"}},
		{`unix:/var/run/finger:mode=660`, []string{"unix", "/var/run/finger"}, kv{"mode": "660"}},
		{`ssl:443:privateKey=C\:/key.pem:certKey=C\:/cert.pem`, []string{"ssl", "443"}, kv{"privateKey": "C:/key.pem", "certKey": "C:/cert.pem"}},
		{`a\=b`, []string{"a=b"}, kv{}},
		{`a=b=c`, []string{}, kv{"a": "b=c"}},
		{`a=b\=c`, []string{}, kv{"a": "b=c"}},
		{`a\\b`, []string{`a\b`}, kv{}},
		{`a\xb`, []string{"axb"}, kv{}},
		{`a:k=v:k=w`, []string{"a"}, kv{"k": "w"}},
		{`a:k=`, []string{"a"}, kv{"k": ""}},
		{`a:=v`, []string{"a"}, kv{"": "v"}},
		{`a:k\:1=v`, []string{"a"}, kv{"k:1": "v"}},
		{`a: b :c = d `, []string{"a", " b "}, kv{"c ": " d "}},
		{`tls:h:443:endpoint=tcp\:7.6.5.4\:443`, []string{"tls", "h", "443"}, kv{"endpoint": "tcp:7.6.5.4:443"}},
		{`tls:h:443:endpoint=tls\:i\:1\:endpoint=tcp\\\:x\\\:2`, []string{"tls", "h", "443"}, kv{"endpoint": `tls:i:1:endpoint=tcp\:x\:2`}},
		{`a::b`, []string{"a", "", "b"}, kv{}},
		{`a:b:`, []string{"a", "b", ""}, kv{}},
		{"a\nb:c", []string{"a\nb", "c"}, kv{}},
		{`bücher:\ü=ß`, []string{"bücher"}, kv{"ü": "ß"}},
	} {
		t.Run(tt.in, func(t *testing.T) {
			d, err := endpoint.ParseDescription(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(d.Positional(), tt.pos) || !maps.Equal(d.Keyword(), tt.kw) {
				t.Errorf("got %q %q, want %q %q", d.Positional(), d.Keyword(), tt.pos, tt.kw)
			}
			if d.Text() != tt.in {
				t.Errorf("Text is %q", d.Text())
			}
		})
	}
}

func TestParseDescriptionRefuses(t *testing.T) {
	for _, tt := range []struct {
		in     string
		offset int
		want   string
	}{
		{`trail\`, 5, `endpoint: "trail\\": a backslash with nothing after it`},
		{`a:b=\\\`, 6, `endpoint: "a:b=\\\\\\": a backslash with nothing after it`},
		{"a:\xff", 2, `endpoint: "a:\xff": not UTF-8 text`},
	} {
		_, err := endpoint.ParseDescription(tt.in)
		var e *endpoint.Error
		if !errors.As(err, &e) || e.Offset != tt.offset || err.Error() != tt.want {
			t.Errorf("%q: got %v (%+v)", tt.in, err, e)
		}
	}
}

// The type is the first positional field, wherever it stands.
func TestDescriptionType(t *testing.T) {
	for in, want := range map[string]string{`port=80:tcp`: "tcp", `x=y:80`: "80", `a=b`: "", ``: "", `TCP:80`: "TCP"} {
		d, err := endpoint.ParseDescription(in)
		if err != nil || d.Type() != want {
			t.Errorf("%q: got %q, %v; want %q", in, d.Type(), err, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for _, tt := range []struct{ raw, quote, argument string }{
		{`plain`, `plain`, `plain`},
		{`C:\x`, `C\:\\x`, `C\:\\x`},
		{`a:b`, `a\:b`, `a\:b`},
		{`a=b`, `a=b`, `a\=b`},
		{`\`, `\\`, `\\`},
		{`::1`, `\:\:1`, `\:\:1`},
		{`a:b=c\d`, `a\:b=c\\d`, `a\:b\=c\\d`},
	} {
		if got := endpoint.Quote(tt.raw); got != tt.quote {
			t.Errorf("Quote(%q) = %q, want %q", tt.raw, got, tt.quote)
		}
		if got := endpoint.QuoteArgument(tt.raw); got != tt.argument {
			t.Errorf("QuoteArgument(%q) = %q, want %q", tt.raw, got, tt.argument)
		}
	}
}

func TestErrorDetail(t *testing.T) {
	for _, tt := range []struct {
		err  *endpoint.Error
		want string
	}{
		{
			&endpoint.Error{Text: `tcp:http`, Offset: 4, Field: "port", Reason: `not a decimal integer: "http"`},
			"endpoint: port: not a decimal integer: \"http\"\n  \"tcp:http\"\n       ^",
		},
		{
			&endpoint.Error{Text: "ü\n\":x", Offset: 5, Reason: "wrong", Err: errors.New("cause")},
			"endpoint: wrong: cause\n  \"ü\\n\\\":x\"\n         ^",
		},
		{&endpoint.Error{Text: "tcp", Offset: 99, Reason: "short"}, "endpoint: short\n  \"tcp\"\n      ^"},
	} {
		if got := tt.err.Detail(); got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", got, tt.want)
		}
	}
}

func FuzzParseDescription(f *testing.F) {
	for _, s := range []string{`tcp:80`, `a:b:d=1:c`, `a\=b`, `trail\`, `tls:h:443:endpoint=tls\:i\:1\:endpoint=tcp\\\:x\\\:2`, "a:=v:\xff", `:=:=\:=`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := endpoint.ParseDescription(s)
		if err != nil {
			var e *endpoint.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(s) || strings.Count(e.Detail(), "\n") != 2 {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		// What was read, written again, reads the same.
		again, err := endpoint.ParseDescription(d.String())
		if err != nil || !slices.Equal(d.Positional(), again.Positional()) || !maps.Equal(d.Keyword(), again.Keyword()) {
			t.Fatalf("%q became %q: %v", s, d.String(), err)
		}
		// Text survives quoting, as an argument and as a value.
		q, err := endpoint.ParseDescription("x:" + endpoint.QuoteArgument(s) + ":k=" + endpoint.Quote(s))
		if err != nil || !slices.Equal(q.Positional(), []string{"x", s}) || q.Keyword()["k"] != s {
			t.Fatalf("%q quoted: %v, %v", s, q, err)
		}
	})
}
