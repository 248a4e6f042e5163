// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package web_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
)

// certFile writes a new key with its certificate to the file.
func certFile(t *testing.T, file string) {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := key.SelfSigned(certificate.Template{Names: []string{"127.0.0.1"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := cert.DumpPEM()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".new", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// disturb reloads and replaces the server three times, with some requests between.
func disturb(s *replaced, file string) {
	for range 3 {
		if file != "" {
			certFile(s.T, file)
		}
		s.reload()
		s.replace()
		s.handedOver()
	}
	s.different()
}

// A server that is reloaded and replaced three times under load fails no request: HTTP/1.1 and HTTP/2, over TLS or not, of Go's client. Each is served once.
func TestLifecycleWithGo(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
			t.Run(fmt.Sprintf("%s TLS %v", version, secure), func(t *testing.T) {
				file := ""
				if secure {
					file = filepath.Join(t.TempDir(), "pair.pem")
					certFile(t, file)
				}
				s := startReplaced(t, file)
				var protos http.Protocols
				switch {
				case version == "HTTP/1.1":
					protos.SetHTTP1(true)
				case secure:
					protos.SetHTTP2(true)
				default:
					protos.SetUnencryptedHTTP2(true)
				}
				transport := &http.Transport{Protocols: &protos, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 8}
				defer transport.CloseIdleConnections()
				client := &http.Client{Transport: transport, Timeout: time.Minute}
				url := s.url()
				var stop atomic.Bool
				var answers atomic.Int64
				var clients sync.WaitGroup
				for range 8 {
					clients.Go(func() {
						for !stop.Load() {
							res, err := client.Post(url, "text/plain", strings.NewReader("body"))
							if err != nil {
								t.Error(err)
								return
							}
							_, err = io.Copy(io.Discard, res.Body)
							res.Body.Close()
							if err != nil || res.StatusCode != 200 || res.Proto != version {
								t.Errorf("%d %s %v", res.StatusCode, res.Proto, err)
								return
							}
							answers.Add(1)
						}
					})
				}
				disturb(s, file)
				stop.Store(true)
				clients.Wait()
				if n := s.requests(); int64(n) != answers.Load() {
					t.Errorf("%d requests were served, %d answered", n, answers.Load())
				}
				t.Logf("%d answers", answers.Load())
			})
		}
	}
}

// h2load takes what it has not sent yet when GOAWAY comes for failed, and opens no other connection. Of what it has sent everything is answered.
func TestLifecycleWithH2load(t *testing.T) {
	h2load, err := exec.LookPath("h2load")
	if err != nil {
		t.Skip("h2load is not installed")
	}
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("TLS %v", secure), func(t *testing.T) {
			file := ""
			if secure {
				file = filepath.Join(t.TempDir(), "pair.pem")
				certFile(t, file)
			}
			s := startReplaced(t, file)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, h2load, "-c8", "-m4", "-D3", s.url())
			var out strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			disturb(s, file)
			if err := cmd.Wait(); err != nil {
				t.Fatalf("h2load: %v\n%s", err, &out)
			}
			t.Log(out.String())
			n := regexp.MustCompile(`(\d+) done, (\d+) succeeded, \d+ failed, (\d+) errored`).FindStringSubmatch(out.String())
			if n == nil {
				t.Fatal("no result")
			}
			done, _ := strconv.Atoi(n[1])
			succeeded, _ := strconv.Atoi(n[2])
			errored, _ := strconv.Atoi(n[3])
			if served := s.requests(); served != succeeded || done != succeeded+errored || errored > 8*4 {
				t.Errorf("%d requests were served: %q", served, n)
			}
		})
	}
}
