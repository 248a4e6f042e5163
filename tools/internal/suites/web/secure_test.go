// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/secure"
)

// Class 28: curl with a forged Origin, over both versions of HTTP.
func TestCurlWithForgedOriginClass28(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		hello := web.Func(func(r *web.Request) { io.WriteString(r, "hello") })
		limit := secure.NewRateLimit(hello, secure.RateLimitConfig{Requests: 1, Per: time.Hour, Burst: 4, Logger: tc.Logger()})
		origins, err := secure.NewOrigins(limit, secure.OriginsConfig{Logger: tc.Logger()})
		assert.NoError(tc, err)
		headers, err := secure.NewHeaders(origins, secure.HeadersConfig{})
		assert.NoError(tc, err)
		url := "http://" + serve(tc, headers)
		for _, tt := range []struct{ field, want string }{
			{"Origin: https://evil.example", "403"}, {"Sec-Fetch-Site: cross-site", "403"}, {"Origin: " + url, "200"}, {"Accept: */*", "200"},
		} {
			for option, version := range map[string]string{"--http1.1": "http/1.1 ", "--http2-prior-knowledge": "http/2 "} {
				out := curl(tc, "-i", option, "-d", "money=all", "-H", tt.field, url)
				head, _, _ := strings.Cut(strings.ToLower(out), "\r\n\r\n")
				if !strings.HasPrefix(head, version+tt.want) || strings.Count(head, "x-content-type-options: nosniff") != 1 {
					tc.Errorf("%s %s: %s", option, tt.field, out)
				}
			}
		}
		if out := curl(tc, "-i", url); !strings.HasPrefix(out, "HTTP/1.1 429") || !strings.Contains(out, "Retry-After: 3") {
			tc.Errorf("beyond the rate: %s", out)
		}
	})
}
