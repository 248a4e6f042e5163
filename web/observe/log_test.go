// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/observe"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var (
	hello   = web.LeafFunc(func(r *web.Request) { r.WriteString("hello") })
	proxies = web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}}
	quiet   = slog.New(slog.NewTextHandler(io.Discard, nil))
)

// site connects to a site around root.
func connect(root web.Resource, config web.Config) *webtest.Conn {
	if config.Logger == nil {
		config.Logger = quiet
	}
	return webtest.Connect(web.NewSite(root, config), webtest.Config{})
}

// hostile is a request whose every field is made to break a line or a terminal.
const hostile = "GET /\"\\?q HTTP/1.1\r\nHost: a\r\nReferer: r\"\x80\x9b\r\nUser-Agent: u\ta\xe2\x80\xa8\r\nX-Forwarded-For: 203.0.113.9, 192.168.7.7\r\n\r\n"

// Class 61: a client cannot forge lines, nor reach a terminal.
func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name string
		log  func(io.Writer) web.AccessLog
		want string
	}{
		{"common", observe.CommonLog, `192.168.1.1 - - [01/Jan/2000:00:00:00 +0000] "GET /\"\\?q HTTP/1.1" 200 5` + "\n"},
		{"proxied", observe.ProxiedLog, `203.0.113.9 - - [01/Jan/2000:00:00:00 +0000] "GET /\"\\?q HTTP/1.1" 200 5 "r\"\x80\x9b" "u\x09a\xe2\x80\xa8"` + "\n"},
		{"JSON", observe.JSONLog, `{"time":"2000-01-01T00:00:00.000Z","client":"203.0.113.9","remote":"192.168.1.1","method":"GET","host":"a","uri":"/\"\\?q","proto":"HTTP/1.1","status":200,"bytes":5,` +
			`"duration":0.0,"referer":"r\"\ufffd\ufffd","user_agent":"u\u0009a\u2028"}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var buf bytes.Buffer
			c := connect(hello, web.Config{AccessLog: tt.log(&buf), Proxies: proxies})
			c.Raw(hostile)
			got := buf.String()
			if tt.name == "JSON" {
				var v map[string]any
				if err := json.Unmarshal(buf.Bytes(), &v); err != nil || v["duration"].(float64) < 0 {
					t.Error(v, err)
				}
				before, after, _ := strings.Cut(got, `"duration":`)
				_, after, _ = strings.Cut(after, ",")
				got = before + `"duration":0.0,` + after
			}
			if got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			buf.Reset()
			c.Raw("nonsense \x1b[31m\r\n\r\n") // a refused request has a line too
			if strings.Count(buf.String(), "\n") != 1 || strings.ContainsAny(buf.String(), "\x1b\r") || !strings.Contains(buf.String(), "400") {
				t.Errorf("%q", buf.String())
			}
		})
	}
}

func TestWithoutAddressOrRequest(t *testing.T) {
	for _, log := range []func(io.Writer) web.AccessLog{observe.CommonLog, observe.ProxiedLog, observe.JSONLog} {
		var buf bytes.Buffer
		log(&buf).LogAccess(&web.Access{Remote: protocol.UNIXAddr("/run/x"), Method: "GET", URI: "/", Proto: "HTTP/1.1", Status: 204})
		if got := buf.String(); !strings.HasPrefix(got, "- - - [") && !strings.HasPrefix(got, `{"time":"0001-01-01T00:00:00.000Z","method":"GET",`) {
			t.Errorf("%q", got)
		}
	}
}

func TestIdentify(t *testing.T) {
	failing := web.LeafFunc(func(r *web.Request) {
		id, _ := web.RequestID.Get(r)
		r.LogError("it failed")
		r.WriteString(id + " " + r.Header.Get("X-Request-Id"))
	})
	for _, tt := range []struct {
		name, sent string
		trusted    bool
		kept       bool
	}{
		{"none", "", true, false}, {"a proxy's", "aZ09-._~+/=:@", true, true}, {"a client's", "abc", false, false}, {"too long", strings.Repeat("a", 129), true, false},
		{"blank", "a b", true, false}, {"quote", `a"b`, true, false}, {"beyond ASCII", "é", true, false}, {"longest", strings.Repeat("a", 128), true, true},
	} {
		var log, access bytes.Buffer
		config := web.Config{Logger: slog.New(slog.NewJSONHandler(&log, nil)), AccessLog: observe.JSONLog(&access)}
		if tt.trusted {
			config.Proxies = proxies
		}
		req := webtest.Request{Header: http.Header{}}
		if tt.sent != "" {
			req.Header.Set("X-Request-Id", tt.sent)
		}
		c := connect(observe.Identify(failing), config)
		res := c.Do(req)
		id := res.Header.Get("X-Request-Id")
		if (id == tt.sent) != tt.kept || len(id) < 8 || res.Body != id+" "+id {
			t.Errorf("%s: %q, %q", tt.name, id, res.Body)
		}
		var line struct{ Request string }
		var entry struct{ ID string }
		if json.Unmarshal(log.Bytes(), &line) != nil || json.Unmarshal(access.Bytes(), &entry) != nil || line.Request != id || entry.ID != id {
			t.Errorf("%s: log %s, access log %s", tt.name, log.String(), access.String())
		}
		if second := c.Do(req); (second.Header.Get("X-Request-Id") == id) != tt.kept {
			t.Errorf("%s: two requests with one id", tt.name)
		}
	}
}
