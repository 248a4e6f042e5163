// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package mux_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/mux"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestCORS(t *testing.T) {
	const a, b = "https://a.example", "https://b.example"
	const asked = ", Access-Control-Request-Method, Access-Control-Request-Headers"
	some := mux.CORS{
		Origins: []string{a}, AllowOrigin: func(o string) bool { return strings.HasSuffix(o, ".b.example") }, Methods: []string{"GET", "PUT"}, Headers: []string{"X-Token"},
		Expose: []string{"X-Sum", "X-Len"}, Credentials: true, MaxAge: time.Hour,
	}
	all := mux.CORS{Origins: []string{"*"}, Headers: []string{"*"}}
	for _, tt := range []struct {
		name                           string
		cors                           mux.CORS
		method, origin, wants, headers string
		status                         int
		want                           string // the fields that there are, joined
	}{
		{"no origin", some, "GET", "", "", "", 200, "Origin"},
		{"allowed", some, "GET", a, "", "", 200, a + "; true; X-Sum, X-Len; Origin"},
		{"by function", some, "GET", "https://x.b.example", "", "", 200, "https://x.b.example; true; X-Sum, X-Len; Origin"},
		{"not allowed", some, "GET", b, "", "", 200, "Origin"},
		{"nearly", some, "GET", a + ".evil.example", "", "", 200, "Origin"},
		{"null", some, "GET", "null", "", "", 200, "Origin"},
		{"preflight", some, "OPTIONS", a, "PUT", "x-token", 204, a + "; true; GET, PUT; x-token; 3600; Origin" + asked},
		{"preflight of others", some, "OPTIONS", b, "PUT", "", 403, "Origin" + asked + ", Accept"},
		{"other method", some, "OPTIONS", a, "DELETE", "", 403, a + "; true; Origin" + asked + ", Accept"},
		{"other header", some, "OPTIONS", a, "PUT", "X-Token, X-Evil", 403, a + "; true; Origin" + asked + ", Accept"},
		{"plain OPTIONS", some, "OPTIONS", a, "", "", 200, a + "; true; X-Sum, X-Len; Origin"},
		{"all", all, "GET", b, "", "", 200, "*"},
		{"all, preflight", all, "OPTIONS", b, "POST", "a, b", 204, "*; GET, HEAD, POST; a, b" + strings.Replace(asked, ",", ";", 1)},
		{"nobody", mux.CORS{}, "GET", a, "", "", 200, "Origin"},
		{"an error", some, "FAIL", a, "", "", 500, a + "; true; X-Sum, X-Len; Origin, Accept"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			for k, v := range map[string]string{"Origin": tt.origin, "Access-Control-Request-Method": tt.wants, "Access-Control-Request-Headers": tt.headers} {
				if v != "" {
					header.Set(k, v)
				}
			}
			res := webtest.Do(tt.cors.Wrap(web.Func(func(r *web.Request) {
				if r.Method == "FAIL" {
					r.Error(500, "")
				}
			})), webtest.Request{Method: tt.method, Header: header})
			var fields []string
			for _, name := range []string{"Allow-Origin", "Allow-Credentials", "Expose-Headers", "Allow-Methods", "Allow-Headers", "Max-Age"} {
				if v := res.Header.Get("Access-Control-" + name); v != "" {
					fields = append(fields, v)
				}
			}
			if vary := res.Header.Values("Vary"); len(vary) > 0 {
				fields = append(fields, strings.Join(vary, ", "))
			}
			got := strings.Join(fields, "; ")
			if res.Status != tt.status || got != tt.want {
				t.Errorf("got %d %s, want %d %s", res.Status, got, tt.status, tt.want)
			}
		})
	}
	defer func() {
		if recover() == nil {
			t.Error("all origins with credentials: no panic")
		}
	}()
	mux.CORS{Origins: []string{"*"}, Credentials: true}.Wrap(web.NotFound(""))
}
