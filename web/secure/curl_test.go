// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/secure"
)

// serve serves root on loopback and returns its address.
func serve(t *testing.T, root web.Resource) string {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(root, web.Config{Logger: quiet}), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() { r.Stop(); <-ended })
	return port.Addr().String()
}

// Class 28: curl with a forged Origin, over both versions of HTTP.
func TestCurlWithForgedOriginClass28(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	origins, err := secure.NewOrigins(secure.NewRateLimit(web.Func(hello), secure.RateLimitConfig{Requests: 1, Per: 3600e9, Burst: 4, Logger: quiet}), secure.OriginsConfig{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	addr := serve(t, headers(t, origins, secure.HeadersConfig{}))
	for _, tt := range []struct{ field, want string }{
		{"Origin: https://evil.example", "403"}, {"Sec-Fetch-Site: cross-site", "403"}, {"Origin: http://" + addr, "200"}, {"Accept: */*", "200"},
	} {
		for _, version := range []string{"--http1.1", "--http2-prior-knowledge"} {
			out, err := exec.Command(curl, "-s", "-i", "--max-time", "30", "--noproxy", "*", version, "-d", "money=all", "-H", tt.field, "http://"+addr+"/").CombinedOutput()
			head, _, _ := strings.Cut(strings.ToLower(string(out)), "\r\n\r\n")
			if err != nil || !strings.HasPrefix(head, "http/1.1 "+tt.want) && !strings.HasPrefix(head, "http/2 "+tt.want) || strings.Count(head, "x-content-type-options: nosniff") != 1 {
				t.Errorf("%s %s: %v\n%s", version, tt.field, err, out)
			}
		}
	}
	out, err := exec.Command(curl, "-s", "-i", "--max-time", "30", "--noproxy", "*", "http://"+addr+"/").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "HTTP/1.1 429") || !strings.Contains(string(out), "Retry-After: 3") {
		t.Errorf("beyond the rate: %v\n%s", err, out)
	}
}
