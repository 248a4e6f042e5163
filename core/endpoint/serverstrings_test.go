// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
)

// A vector is a description with what it means, or what its error says. Where superset is set Twisted refuses the description.
type vector struct {
	in       string
	want     string
	err      string
	superset bool
}

var serverVectors = []vector{
	{in: `tcp:80`, want: `TCP 80 backlog 50 interface ""`},
	{in: `tcp:port=80`, want: `TCP 80 backlog 50 interface ""`},
	{in: `tcp:80:interface=127.0.0.1`, want: `TCP 80 backlog 50 interface "127.0.0.1"`},
	{in: `tcp:80:127.0.0.1`, want: `TCP 80 backlog 50 interface "127.0.0.1"`},
	{in: `tcp:80:127.0.0.1:5`, want: `TCP 80 backlog 5 interface "127.0.0.1"`},
	{in: `tcp:80:backlog=5`, want: `TCP 80 backlog 5 interface ""`},
	{in: `tcp:80:interface=\:\:1`, want: `TCP 80 backlog 50 interface "::1"`},
	{in: `port=80:tcp`, want: `TCP 80 backlog 50 interface ""`},
	{in: `tcp:http`, err: `port: not a decimal integer: "http"`},
	{in: `tcp:`, err: `port: not a decimal integer: ""`},
	{in: `tcp`, err: `port: missing argument`},
	{in: `tcp:80:foo=bar`, err: `unknown keyword: "foo"`},
	{in: `tcp:80:1:2:3`, err: `too many positional arguments: "3"`},
	{in: `tcp:80:port=81`, err: `port: given twice`},
	{in: `tcp:0`, want: `TCP 0 backlog 50 interface ""`},
	{in: `tcp: 80 `, want: `TCP 80 backlog 50 interface ""`},
	{in: `tcp:-1`, want: `TCP -1 backlog 50 interface ""`},
	{in: `tcp:99999`, want: `TCP 99999 backlog 50 interface ""`},
	{in: `TCP:80`, want: `TCP 80 backlog 50 interface ""`, superset: true},
	{in: `Tcp:80`, want: `TCP 80 backlog 50 interface ""`, superset: true},
	{in: `tcp:80:loops=4`, want: `TCP 80 backlog 50 interface "" loops 4`, superset: true},
	{in: `tcp:80:loops=auto`, want: fmt.Sprintf(`TCP 80 backlog 50 interface "" loops %d`, runtime.GOMAXPROCS(0)), superset: true},
	{in: `tcp:80:loops=0`, err: `loops: neither "auto" nor between 1 and 1024`},
	{in: `tcp:80:loops=many`, err: `loops: not a decimal integer: "many"`},
	{in: `tcp:80:accept=perloop:loops=2`, want: `TCP 80 backlog 50 interface "" loops 2 accept perloop`, superset: true},
	{in: `tcp6:80:accept=deal`, want: `TCP 80 backlog 50 interface "::"`, superset: true},
	{in: `tcp:80:accept=steal`, err: `accept: neither deal nor perloop: "steal"`},
	{in: `tcp:80:reuseport=yes`, want: `TCP 80 backlog 50 interface "" reuseport`, superset: true},
	{in: `tcp:80:acceptrate=7`, want: `TCP 80 backlog 50 interface "" acceptrate 7`, superset: true},
	{in: `tcp:80:acceptrate=0`, err: `acceptrate: not a number above 0: 0`},
	{in: `tcp:80:reuseport=perhaps`, err: `reuseport: neither yes nor no: "perhaps"`},
	{in: `tcp6:80`, want: `TCP 80 backlog 50 interface "::"`},
	{in: `tcp6:port=80`, want: `TCP 80 backlog 50 interface "::"`},
	{in: `tcp6:80:5`, want: `TCP 80 backlog 5 interface "::"`},
	{in: `tcp6:80:interface=\:\:1:backlog=9`, want: `TCP 80 backlog 9 interface "::1"`},
	{in: `TCP6:80`, want: `TCP 80 backlog 50 interface "::"`},
	{in: `unix:/x`, want: `UNIX "/x" mode 0666 backlog 50 lock true`},
	{in: `unix:address=/x`, want: `UNIX "/x" mode 0666 backlog 50 lock true`},
	{in: `unix:/x:660`, want: `UNIX "/x" mode 0660 backlog 50 lock true`},
	{in: `unix:/x:mode=660`, want: `UNIX "/x" mode 0660 backlog 50 lock true`},
	{in: `unix:/x:mode=0660`, want: `UNIX "/x" mode 0660 backlog 50 lock true`},
	{in: `unix:/x:mode=0o660`, want: `UNIX "/x" mode 0660 backlog 50 lock true`},
	{in: `unix:/x:mode=999`, err: `mode: not an octal integer: "999"`},
	{in: `unix:/x:mode=0`, err: `mode: not between 1 and 777: 0`}, // 0 would be the default
	{in: `unix:/x:mode=10666`, err: `mode: not between 1 and 777: 10666`},
	{in: `unix:/x:lockfile=0`, want: `UNIX "/x" mode 0666 backlog 50 lock false`},
	{in: `unix:/x:lockfile=1`, want: `UNIX "/x" mode 0666 backlog 50 lock true`},
	{in: `unix:/x:lockfile=no`, err: `lockfile: not a decimal integer: "no"`},
	{in: `unix:/x:backlog=3`, want: `UNIX "/x" mode 0666 backlog 3 lock true`},
	{in: `unix:/x:666:7:0`, want: `UNIX "/x" mode 0666 backlog 7 lock false`},
	{in: `unix`, err: `address: missing argument`},
	{in: `ssl:443`, want: `TLS over [TCP 443 backlog 50 interface ""]`},
	{in: `ssl:443:privateKey=key.pem:certKey=cert.pem`, want: `TLS over [TCP 443 backlog 50 interface ""]`},
	{in: `ssl:443:key.pem:cert.pem`, want: `TLS over [TCP 443 backlog 50 interface ""]`},
	{in: `ssl:443:privateKey=missing.pem`, err: `missing.pem: no such file`},
	{in: `ssl:port=443:privateKey=server.pem:interface=127.0.0.1:backlog=4`, want: `TLS over [TCP 443 backlog 4 interface "127.0.0.1"]`},
	{in: `ssl:443:privateKey=server.pem:extraCertChain=cert.pem`, want: `TLS over [TCP 443 backlog 50 interface ""]`},
	{in: `ssl:443:privateKey=server.pem:extraCertChain=key.pem`, err: `extraCertChain: the file holds no certificate: key.pem`},
	{in: `ssl:443:privateKey=server.pem:dhParameters=dh.pem`, want: `TLS over [TCP 443 backlog 50 interface ""]`},
	{in: `ssl:443:privateKey=server.pem:dhParameters=key.pem`, err: `dhParameters: the file holds no DH parameters: key.pem`},
	{in: `ssl:443:privateKey=server.pem:sslmethod=TLS_METHOD`, want: `TLS over [TCP 443 backlog 50 interface ""]`},
	{in: `ssl:443:privateKey=server.pem:sslmethod=NOPE`, err: `sslmethod: no such TLS method name: NOPE`},
	{in: `ssl:443:privateKey=server.pem:sslmethod=SSLv3_METHOD`, err: `sslmethod: this version is broken and not offered`},
	{in: `ssl:443:privateKey=cert.pem`, err: `certKey`},
	{in: `SSL:443`, want: `TLS over [TCP 443 backlog 50 interface ""]`, superset: true},
	{in: `stdio:`, want: `stdio`},
	{in: `stdio`, want: `stdio`},
	{in: `stdio:ignored:x=y`, want: `stdio`},
	{in: `haproxy:tcp:8080`, want: `PROXY over [TCP 8080 backlog 50 interface ""]`},
	{in: `haproxy:tcp:8080:interface=127.0.0.1:backlog=3`, want: `PROXY over [TCP 8080 backlog 3 interface "127.0.0.1"]`},
	{in: `haproxy:unix:/x\:y:mode=660`, want: `PROXY over [UNIX "/x:y" mode 0660 backlog 50 lock true]`},
	{in: `haproxy:haproxy:tcp:1`, want: `PROXY over [PROXY over [TCP 1 backlog 50 interface ""]]`},
	{in: `haproxy:`, err: `unknown endpoint type ""`},
	{in: `haproxy`, err: `unknown endpoint type ""`},
	{in: `HAProxy:tcp:80`, want: `PROXY over [TCP 80 backlog 50 interface ""]`},
	{in: `haproxy:tcp:http`, err: `port: not a decimal integer: "http"`},
	{in: `haproxy:unix:/a\=b`, want: `PROXY over [UNIX "/a=b" mode 0666 backlog 50 lock true]`, superset: true},
	{in: `haproxy:trust=127.0.0.0/8,\:\:1:tcp:80`, want: `PROXY over [TCP 80 backlog 50 interface ""] trust [127.0.0.0/8 ::1/128] pass false`, superset: true},
	{in: `haproxy:tcp:80:trust=10.0.0.1:untrusted=pass`, want: `PROXY over [TCP 80 backlog 50 interface ""] trust [10.0.0.1/32] pass true`, superset: true},
	{in: `haproxy:trust=localhost:tcp:80`, err: `trust: neither a network nor an address: "localhost"`},
	{in: `haproxy:untrusted=pass:tcp:80`, err: `untrusted: means nothing without trust`},
	{in: `haproxy:trust=\:\:1:untrusted=x:tcp:80`, err: `untrusted: neither refuse nor pass: "x"`},
	{in: `haproxy:ssl:443`, want: `TLS over [PROXY over [TCP 443 backlog 50 interface ""]]`},
	{in: strings.Repeat("haproxy:", 9) + "tcp:1", err: `nested too deep`},
	{in: `tls:443`, err: `cert: missing argument`},
	{in: `tls:443:cert=cert.pem:key=key.pem`, want: `TLS over [TCP 443 backlog 50 interface ""] reload 0`, superset: true},
	{in: `tls:443:cert=server.pem:interface=\:\::reload=60:clientCA=ca`, want: `TLS over [TCP 443 backlog 50 interface "::"] reload 60`, superset: true},
	{in: `tls:443:cert=missing.pem`, err: `missing.pem: no such file`},
	{in: `tls:443:cert=server.pem:clientCA=nodir`, err: `clientCA: directory cannot be listed`},
	{in: `tls:443:cert=server.pem:reload=-1`, err: `reload: not between`},
	{in: `bogus:1`, err: `unknown endpoint type "bogus"`},
	{in: ``, err: `unknown endpoint type ""`},
	{in: `a=b`, err: `unknown endpoint type ""`},
	{in: `imap:143`, err: `unknown endpoint type "imap"`},
	{in: `host:h:1`, err: `unknown endpoint type "host"`},
	{in: `memory:x`, want: `memory "x"`, superset: true},
	{in: `memory`, err: `name: missing argument`},
	{in: `fd:3`, want: `adopt 3 any`, superset: true},
	{in: `fd:-3`, err: `fd: no descriptor: -3`},
	{in: `fd:x`, err: `fd: not a decimal integer: "x"`},

	{in: `systemd:INET:0`, want: `adopt 3 tcp4`},
	{in: `systemd:INET:index=1`, want: `adopt 4 tcp4`},
	{in: `systemd:domain=UNIX:index=2`, want: `adopt 5 unix`},
	{in: `systemd:UNIX:2`, want: `adopt 5 unix`},
	{in: `systemd:INET6:name=admin`, want: `adopt 4 tcp6`},
	{in: `systemd:INET:name=nope`, err: `name: no descriptor is named "nope"`},
	{in: `systemd:INET:9`, err: `index: out of range: 9 of 3`},
	{in: `systemd:INET:-1`, err: `index: out of range: -1`}, // Twisted counts from the end by accident
	{in: `systemd:INET:x`, err: `index: not a decimal integer: "x"`},
	{in: `systemd:inet:0`, err: `domain: neither INET, INET6 nor UNIX: "inet"`},
	{in: `systemd:BOGUS:0`, err: `domain: neither INET, INET6 nor UNIX: "BOGUS"`},
	{in: `systemd:INET`, err: `index: neither index nor name is given`},
	{in: `systemd:INET:0:name=web`, err: `name: both index and name are given`},
	{in: `systemd`, err: `index: neither index nor name is given`},
	{in: `haproxy:systemd:INET:0`, want: `PROXY over [adopt 3 tcp4]`},
	{in: `systemd:index=0`, want: `adopt 3 any`, superset: true},
	{in: `systemd:name=un`, want: `adopt 5 any`, superset: true},
}

func TestServerStrings(t *testing.T) {
	certFiles(t)
	reg := endpoint.NewRegistry()
	reg.Inherited = endpoint.NewListenFDs("web", "admin", "un")
	reg.Logger = quiet()
	for _, v := range serverVectors {
		t.Run(v.in, func(t *testing.T) {
			s, err := reg.ServerFromString(nil, v.in)
			checkVector(t, v, s, err)
		})
	}
}

func checkVector(t *testing.T, v vector, got any, err error) {
	t.Helper()
	if v.err == "" {
		if err != nil {
			t.Fatal(err)
		}
		if d := describe(got); d != v.want {
			t.Errorf("got %s, want %s", d, v.want)
		}
		return
	}
	var e *endpoint.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, %v; want an *Error", got, err)
	}
	_, notThere := os.Stat("missing.pem")
	want := strings.Replace(v.err, "no such file", errors.Unwrap(notThere).Error(), 1)
	if !strings.Contains(err.Error(), want) || e.Text != v.in || !strings.HasPrefix(err.Error(), fmt.Sprintf("endpoint: %q: ", v.in)) {
		t.Errorf("got %v, want it to tell %q", err, want)
	}
	if e.Offset < 0 || e.Offset > len(v.in) {
		t.Errorf("offset %d", e.Offset)
	}
	if errors.Is(err, endpoint.ErrUnknownType) != strings.Contains(v.err, "unknown endpoint type") {
		t.Errorf("ErrUnknownType is misjudged for %v", err)
	}
}

// The caret stands below the field that is wrong, in nested descriptions too.
func TestErrorOffsets(t *testing.T) {
	for _, tt := range []struct {
		in     string
		offset int
		field  string
	}{
		{`tcp:http`, 4, "port"},
		{`tcp:port=http`, 9, "port"},
		{`tcp:80:foo=bar`, 11, ""},
		{`tcp:80:a:b:c`, 11, ""},
		{`tcp`, 3, "port"},
		{`bogus:1`, 0, ""},
		{`x=1:bogus`, 4, ""},
		{`haproxy:unix:/x:mode=9`, 21, "mode"},
		{`haproxy:bogus`, 8, ""},
	} {
		_, err := endpoint.ServerFromString(nil, tt.in)
		var e *endpoint.Error
		if !errors.As(err, &e) || e.Offset != tt.offset || e.Field != tt.field {
			t.Errorf("%s: offset %d, field %q; want %d, %q", tt.in, e.Offset, e.Field, tt.offset, tt.field)
		}
	}
}
