// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/inetd"
)

const example = `# the services
daytime stream tcp nowait root internal

127.0.0.1:4000 stream tcp4 nowait.600/20 nobody.nogroup /bin/cat cat
	-u "two words" ''
[::1]:time dgram udp6 wait root internal time
[::1]:
 # not a continuation
echo stream tcp6 nowait nobody:daemon /bin/cat
*:tftp dgram udp wait 65534 /usr/sbin/in.tftpd in.tftpd
/run/cat stream unix wait nobody /bin/cat cat
:daemon:adm:660:/run/other stream unix nowait nobody /bin/cat cat
rstatd/1-3 dgram rpc/udp wait root /usr/sbin/rpc.rstatd
`

func TestParse(t *testing.T) {
	got, err := inetd.Parse(example)
	if err != nil {
		t.Fatal(err)
	}
	want := []inetd.Entry{
		{Line: 2, Service: "daytime", Network: "tcp", User: "root", Internal: true, Args: []string{}},
		{Line: 4, Host: "127.0.0.1", Service: "4000", Network: "tcp4", Rate: 600, MaxChildren: 20, User: "nobody.nogroup", Program: "/bin/cat", Args: []string{"cat", "-u", "two words", ""}},
		{Line: 6, Host: "::1", Service: "time", Datagram: true, Network: "udp6", Wait: true, User: "root", Internal: true, Args: []string{"time"}},
		{Line: 9, Host: "::1", Service: "echo", Network: "tcp6", User: "nobody", Group: "daemon", Program: "/bin/cat", Args: []string{"/bin/cat"}},
		{Line: 10, Service: "tftp", Datagram: true, Network: "udp", Wait: true, User: "65534", Program: "/usr/sbin/in.tftpd", Args: []string{"in.tftpd"}},
		{Line: 11, Service: "/run/cat", Network: "unix", Wait: true, User: "nobody", Program: "/bin/cat", Args: []string{"cat"}, Mode: 0o600},
		{Line: 12, Service: "/run/other", Network: "unix", User: "nobody", Program: "/bin/cat", Args: []string{"cat"}, Mode: 0o660, Owner: "daemon", OwnerGroup: "adm"},
		{Line: 13, Host: "::1", Service: "rstatd/1-3", Network: "rpc/udp", Skipped: "RPC is not supported"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries", len(got))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"echo stream tcp nowait":                           "4 fields",
		"echo raw tcp nowait root internal":                `socket type "raw"`,
		"echo dgram tcp wait root internal":                "protocol tcp with dgram",
		"echo stream udp nowait root internal":             "protocol udp with stream",
		"echo stream sctp nowait root internal":            `protocol "sctp"`,
		"echo stream tcp maybe root internal":              "neither wait nor nowait",
		"echo stream tcp nowait.0 root internal":           "neither wait nor nowait",
		"echo stream tcp nowait.x root internal":           "neither wait nor nowait",
		"echo stream tcp nowait/ root internal":            "neither wait nor nowait",
		"echo stream tcp nowait.99999999 root internal":    "neither wait nor nowait",
		"echo stream tcp wait root internal":               "is nowait",
		"echo stream tcp nowait root/daemon internal":      "login classes",
		"echo stream tcp nowait root: internal":            "a name is missing",
		"echo stream tcp nowait root cat":                  "not a path from the root",
		"echo dgram udp nowait root /bin/cat":              "has to be wait",
		"example.com:echo stream tcp nowait root internal": "not an IP address",
		"[1.2.3.4]:echo stream tcp nowait root internal":   "not an IP address",
		"1.2.3.4:echo stream tcp6 nowait root internal":    "with protocol tcp6",
		"[::1]:echo dgram udp4 wait root internal":         "with protocol udp4",
		"1.2.3.4: stream tcp nowait root internal":         "no name",
		"run/x stream unix nowait root /bin/cat":           "not a path from the root",
		":a:b:/x stream unix nowait root /bin/cat":         "not :USER:GROUP:MODE:PATH",
		":a:b:999:/x stream unix nowait root /bin/cat":     "mode",
		"/x stream unix nowait root internal":              "needs its name",
		`echo stream tcp nowait root /bin/sh sh "-c`:       "no closing",
		"echo stream tcp nowait root /bin/sh a\x00b":       "control character",
		"echo stream tcp nowait root /x" + many(" a", 65):  "more than 64 arguments",
		"nowhere:": "not an IP address",
	} {
		_, err := inetd.Parse("# one\n" + text + "\ntime stream tcp nowait root internal\n")
		var l *inetd.LineError
		if !errors.As(err, &l) || l.Line != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	all, err := inetd.Parse("a\nb\ntime stream tcp nowait root internal\n")
	if len(all) != 1 || err == nil || !strings.Contains(err.Error(), "line 1:") || !strings.Contains(err.Error(), "line 2:") {
		t.Errorf("%v, %v", all, err)
	}
}

func many(s string, n int) string { return strings.Repeat(s, n) }

// A configuration is bounded (class 62).
func TestParseBounds(t *testing.T) {
	if _, err := inetd.Parse(many("#", inetd.MaxFile+1)); err == nil {
		t.Error("a file that is too long was read")
	}
	var b strings.Builder
	for i := range inetd.MaxEntries + 10 {
		fmt.Fprintf(&b, "%d stream tcp nowait root internal echo\n", i)
	}
	all, err := inetd.Parse(b.String())
	if len(all) != inetd.MaxEntries || err == nil {
		t.Errorf("%d entries, %v", len(all), err)
	}
}

func TestParsePorts(t *testing.T) {
	p := inetd.ParsePorts("# none\nsmtp 25/tcp mail # text\nbad\nworse x/tcp\nhuge 65536/tcp\nsmtp 26/tcp\necho 4007/tcp\nsmtp 27/udp\n")
	for _, tt := range []struct {
		name, protocol string
		want           int
	}{
		{"smtp", "tcp", 25}, {"mail", "tcp", 25}, {"smtp", "udp", 27}, {"mail", "udp", -1}, {"huge", "tcp", -1}, {"echo", "tcp", 4007}, {"echo", "udp", 7}, {"time", "tcp", 37},
		{"0", "tcp", 0}, {"65535", "udp", 65535}, {"65536", "udp", -1}, {"-1", "udp", -1},
	} {
		got, err := p.Lookup(tt.name, tt.protocol)
		if (err != nil) != (tt.want < 0) || err == nil && int(got) != tt.want {
			t.Errorf("%s/%s: %d, %v", tt.name, tt.protocol, got, err)
		}
	}
}

// What is parsed holds its bounds, and an entry is whole or there is an error.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("echo stream tcp nowait root internal\n continued 'q\n\"\" \"")
	f.Add(":::7:/x stream unix wait.1/2 a:b /b ''\n[::]:\nx dgram udp wait . /p")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := inetd.Parse(text)
		last := 0
		for _, e := range all {
			if e.Line <= last || e.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("line %d after %d", e.Line, last)
			}
			last = e.Line
			if e.Skipped != "" {
				continue
			}
			if e.Service == "" || e.User == "" || len(e.Args) > inetd.MaxArgs || !e.Internal && (e.Program[0] != '/' || len(e.Args) == 0) || e.Datagram != strings.HasPrefix(e.Network, "udp") {
				t.Fatalf("%+v, %v", e, err)
			}
		}
	})
}

func FuzzParsePorts(f *testing.F) {
	f.Add("smtp 25/tcp mail # text\n")
	f.Fuzz(func(t *testing.T, text string) {
		p := inetd.ParsePorts(text)
		if _, err := p.Lookup("echo", "tcp"); err != nil {
			t.Fatal(err)
		}
	})
}
