// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/proxy"
)

// talk answers as gRPC does: pieces as they come, and the outcome in the trailer.
func talk(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).EnableFullDuplex() // for HTTP/1.1
	w.Header().Set("Trailer", "Grpc-Status")
	w.Header().Set("X-Proto", r.Proto+" "+r.Header.Get("Te"))
	w.(http.Flusher).Flush()
	io.Copy(flushing{w}, r.Body)
	w.Header().Set("Grpc-Status", "0 "+r.Trailer.Get("Sum"))
}

type flushing struct{ http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	f.ResponseWriter.(http.Flusher).Flush()
	return n, err
}

// Upstreams that are spoken to in HTTP/2: by prior knowledge, and by ALPN unless that is off. Both directions flow at once, with their trailers.
func TestReverseHTTP2Upstream(t *testing.T) {
	for _, tt := range []struct {
		name   string
		secure bool
		mode   proxy.HTTP2
		want   string
	}{
		{"prior knowledge", false, proxy.HTTP2PriorKnowledge, "HTTP/2.0 trailers"},
		{"plain", false, proxy.HTTP2Auto, "HTTP/1.1 trailers"},
		{"ALPN", true, proxy.HTTP2Auto, "HTTP/2.0 trailers"},
		{"off", true, proxy.HTTP2Off, "HTTP/1.1 trailers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			up := httptest.NewUnstartedServer(http.HandlerFunc(talk))
			defer up.Close()
			cfg := proxy.ReverseConfig{HTTP2: tt.mode, Health: proxy.Health{Path: "/check", Interval: 10 * time.Millisecond, Rise: 1, Fall: 1}}
			if tt.secure {
				up.EnableHTTP2 = true
				up.StartTLS()
				roots := up.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
				inner := tcp(up.Listener.Addr().String())
				cfg.Upstreams = []string{"tls:" + strings.TrimPrefix(inner, "tcp:")}
				cfg.Dial = func(loop protocol.Loop, _ string) (endpoint.Client, error) {
					c, err := endpoint.ClientFromString(loop.(endpoint.Reactor), inner)
					if err != nil {
						return nil, err
					}
					return endpoint.WrapClientTLS(&tls.Config{RootCAs: roots, ServerName: "example.com"}, c)
				}
			} else {
				up.Config.Protocols = new(http.Protocols)
				up.Config.Protocols.SetHTTP1(true)
				up.Config.Protocols.SetUnencryptedHTTP2(true)
				up.Start()
				cfg.Upstreams = []string{tcp(up.Listener.Addr().String())}
			}
			front := reverse(t, cfg)
			tr := &http.Transport{Protocols: new(http.Protocols)}
			tr.Protocols.SetUnencryptedHTTP2(true)
			defer tr.CloseIdleConnections()
			in, out := io.Pipe()
			defer out.Close()
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+front+"/app/svc/Method", in)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("TE", "trailers")
			req.Trailer = http.Header{"Sum": nil}
			res, err := tr.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if got := res.Header.Get("X-Proto"); res.StatusCode != 200 || got != tt.want {
				t.Fatalf("%d, %q", res.StatusCode, got)
			}
			back := bufio.NewReader(res.Body)
			for i := range 3 { // each piece before the next one leaves
				fmt.Fprintf(out, "piece %d\n", i)
				if line, err := back.ReadString('\n'); line != fmt.Sprintf("piece %d\n", i) {
					t.Fatal(line, err)
				}
			}
			req.Trailer.Set("Sum", "7")
			out.Close()
			if rest, err := io.ReadAll(back); len(rest) > 0 || err != nil || res.Trailer.Get("Grpc-Status") != "0 7" {
				t.Errorf("%q %v %v", rest, err, res.Trailer)
			}
		})
	}
}

// An Upgrade of HTTP/1.1 is an extended CONNECT for an upstream of HTTP/2, and that of HTTP/2 remains one.
func TestReverseUpgradeToHTTP2(t *testing.T) {
	asked := make(chan string, 4)
	up := serve(t, web.Func(func(r *web.Request) {
		asked <- r.Method + " " + r.Protocol() + " " + r.Header.Get("Sec-WebSocket-Key")
		if r.Path != "/chat" {
			r.Error(404, "")
			return
		}
		p := new(protocoltest.Accumulating)
		p.OnData = func(t protocol.Transport, b []byte) { io.WriteString(t, strings.ToUpper(string(b))) }
		if err := r.Upgrade(p); err != nil {
			t.Error(err)
		}
	}))
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(up)}, HTTP2: proxy.HTTP2PriorKnowledge})
	key := ws.NewKey()
	ask := func(path, more string) (*http.Response, io.ReadWriter) {
		c, in := dial(t, front)
		fmt.Fprintf(c, "GET /app%s HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n%s\r\n", path, more)
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		return res, struct {
			io.Reader
			io.Writer
		}{in, c}
	}
	res, c := ask("/chat", "Sec-WebSocket-Key: "+key+"\r\n")
	if got := <-asked; got != "CONNECT websocket " || res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != ws.AcceptKey(key) || res.Header.Get("Upgrade") != "websocket" {
		t.Fatalf("asked %q; %d %v", got, res.StatusCode, res.Header)
	}
	io.WriteString(c, "hello")
	b := make([]byte, 5)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "HELLO" {
		t.Errorf("%q %v", b, err)
	}
	if res, _ := ask("/other", "Sec-WebSocket-Key: "+key+"\r\n"); res.StatusCode != 404 {
		t.Errorf("refused: %d", res.StatusCode)
	}
	if res, _ := ask("/chat", ""); res.StatusCode != 400 {
		t.Errorf("without a key: %d", res.StatusCode)
	}
	two, out := extendedConnect(t, front, "/app/chat", "websocket")
	if two.StatusCode != 200 {
		t.Fatalf("extended CONNECT: %d", two.StatusCode)
	}
	io.WriteString(out, "there")
	if _, err := io.ReadFull(two.Body, b); err != nil || string(b) != "THERE" {
		t.Errorf("%q %v", b, err)
	}
}

// A server of HTTP/2 that does not take extended CONNECT: 501, and for what HTTP/2 has no way to ask, an answer without it.
func TestReverseUpgradeNotTaken(t *testing.T) {
	up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, " ", r.Proto) }))
	up.Config.Protocols = new(http.Protocols)
	up.Config.Protocols.SetUnencryptedHTTP2(true)
	up.Start()
	defer up.Close()
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{tcp(up.Listener.Addr().String())}, HTTP2: proxy.HTTP2PriorKnowledge, Tries: 1})
	for upgrade, want := range map[string]string{"websocket": "501 Not Implemented", "h2c": "200 OK", "a, b": "200 OK"} {
		c, in := dial(t, front)
		fmt.Fprintf(c, "GET /app HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", upgrade)
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(res.Body); res.Status != want || want == "200 OK" && string(body) != "GET HTTP/2.0" {
			t.Errorf("%s: %s %q", upgrade, res.Status, body)
		}
	}
}

// In front of nghttpd and nginx, which speak HTTP/2 without TLS.
func TestReverseHTTP2Peers(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16)
	for _, name := range []string{"nghttpd", "nginx"} {
		t.Run(name, func(t *testing.T) {
			path := program(t, name)
			dir, port := t.TempDir(), freePort(t)
			os.Chmod(dir, 0o755)
			if err := os.WriteFile(filepath.Join(dir, "big"), []byte(big), 0o644); err != nil {
				t.Fatal(err)
			}
			if name == "nghttpd" {
				start(t, port, path, "--no-tls", "-a", "127.0.0.1", "-d", dir, fmt.Sprint(port))
			} else {
				text := fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/err;\nevents {}\nhttp { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; "+
					"fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s; server { listen 127.0.0.1:%[2]d http2; root %[1]s; } }\n", dir, port)
				conf := filepath.Join(dir, "conf")
				if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				start(t, port, path, "-p", dir, "-c", conf)
			}
			front := reverse(t, proxy.ReverseConfig{Upstreams: []string{fmt.Sprint("tcp:127.0.0.1:", port)}, HTTP2: proxy.HTTP2PriorKnowledge})
			got := make(chan error, 8)
			for range cap(got) {
				go func() { // the test takes its result
					res, err := http.Get("http://" + front + "/app/big")
					if err != nil {
						got <- err
						return
					}
					defer res.Body.Close()
					if b, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 200 || string(b) != big || res.ContentLength != int64(len(big)) {
						got <- fmt.Errorf("%d, %d bytes of %d, %v", res.StatusCode, len(b), res.ContentLength, err)
						return
					}
					got <- nil
				}()
			}
			for range cap(got) {
				if err := <-got; err != nil {
					t.Error(err)
				}
			}
			http.DefaultClient.CloseIdleConnections()
		})
	}
}
