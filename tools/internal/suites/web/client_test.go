// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web/client"
)

// Go's server chooses HTTP/2 by ALPN, unless a request is for HTTP/1.1; a connection that nobody uses any more is idle in either version.
func TestRequestHTTP1(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
		s.EnableHTTP2 = true
		s.StartTLS()
		tc.Cleanup(s.Close)
		policy := client.TLSPolicy{Config: func(string) (*tls.Config, error) {
			return &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}, nil
		}}
		agent, err := client.New(tc.Reactor(), client.Config{TLS: policy})
		assert.NoError(tc, err)
		trial.CleanupD(tc, agent.Close)
		u, err := client.ParseURL(s.URL + "/")
		assert.NoError(tc, err)
		for _, want := range []string{"HTTP/2.0", "HTTP/1.1", "HTTP/2.0"} {
			res := trial.Must(tc, agent.Do(&client.Request{URL: u, HTTP1: want == "HTTP/1.1"}))
			body := trial.Must(tc, res.ReadBody(100))
			assert.Equal(tc, string(body)+res.Proto, want+want)
		}
		if s := agent.Stats(); s.Open != 2 || s.Idle != 2 || s.Dials != 2 {
			tc.Errorf("%+v", s)
		}
	})
}
