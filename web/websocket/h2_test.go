// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

// secure starts a reactor that serves root over TLS, and returns its address and an Agent that trusts it.
func secure(t *testing.T, root web.Resource, config web.Config, version client.HTTP2) (*reactor.Reactor, *client.Agent, string) {
	t.Helper()
	config.Logger = quiet
	return secureSite(t, web.NewSite(root, config), version)
}

func secureSite(t *testing.T, site *web.Site, version client.HTTP2) (*reactor.Reactor, *client.Agent, string) {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := key.SelfSigned(certificate.Template{Names: []string{"127.0.0.1"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	over, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert.TLS()}}, Logger: quiet}, site)
	if err != nil {
		t.Fatal(err)
	}
	r, addr := listen(t, over, 1)
	trust := client.TLSPolicy{Options: tlswrap.ClientOptions{Roots: certificate.Pool(cert.Certificate)}}
	agent, err := client.New(r, client.Config{Logger: quiet, HTTP2: version, TLS: trust})
	if err != nil {
		t.Fatal(err)
	}
	return r, agent, addr
}

// await runs f on the loop, and waits for its result.
func await[T any](t *testing.T, loop protocol.Loop, f func() *deferred.Deferred[T]) T {
	t.Helper()
	v, err := deferred.BlockingCallFromThread(t.Context(), loop, f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// RFC 8441 with ALPN: a connection of HTTP/2 that is there is shared, and one that does not offer extended CONNECT is not used, but one of HTTP/1.1 made.
func TestDialTLS(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version client.HTTP2
		warm    bool // a page was fetched before
		declare bool // the server offers extended CONNECT
		want    string
	}{
		{"shares a connection", client.HTTP2Auto, true, true, "HTTP/2.0"},
		{"the server does not offer it", client.HTTP2Auto, true, false, "HTTP/1.1"},
		{"its own connection, as browsers have it", client.HTTP2Auto, false, true, "HTTP/1.1"},
		{"no HTTP/2", client.HTTP2Off, true, true, "HTTP/1.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			protos := make(chan string, 1) // one WebSocket
			var root web.Tree
			root.PutChild("", web.Get(func(r *web.Request) { io.WriteString(r, r.Proto) }))
			root.PutChild("ws", websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
				protos <- r.Proto
				return websocket.Func(echo), nil
			}, websocket.Config{Options: websocket.Options{Logger: quiet}}))
			r, agent, addr := secure(t, &root, web.Config{HTTP2: web.HTTP2{NoExtendedConnect: !tt.declare}}, tt.version)
			if tt.warm {
				await(t, r, func() *deferred.Deferred[[]byte] {
					u, err := client.ParseURL("https://" + addr + "/")
					if err != nil {
						t.Error(err)
					}
					return deferred.ThenD(agent.Do(&client.Request{URL: u}), func(res *client.Response) *deferred.Deferred[[]byte] { return res.ReadBody(100) })
				})
			}
			got := ""
			h := &talker{say: []string{"hello", strings.Repeat("long ", 30_000)}, ended: make(chan *websocket.CloseError, 1)} // one connection
			c := await(t, r, func() *deferred.Deferred[*websocket.Conn] {
				return websocket.Dial(watched{agent, &got}, "wss://"+addr+"/ws", h, websocket.DialConfig{})
			})
			if e := <-h.ended; !e.Clean || len(h.say) > 0 || h.wrong != "" {
				t.Errorf("%v, %d are left", e, len(h.say))
			}
			if server := <-protos; server != tt.want || got != tt.want || c == nil {
				t.Errorf("by %s and %s, want %s", server, got, tt.want)
			}
		})
	}
}

// Without HTTP/1.1 to fall back to it is an error.
func TestDialNoExtendedConnect(t *testing.T) {
	r, agent, addr := secure(t, serve(websocket.Func(echo), websocket.Config{}), web.Config{HTTP2: web.HTTP2{NoExtendedConnect: true}}, client.HTTP2PriorKnowledge)
	_, err := deferred.BlockingCallFromThread(t.Context(), r, func() *deferred.Deferred[*websocket.Conn] {
		return websocket.Dial(agent, "wss://"+addr+"/", websocket.Base{}, websocket.DialConfig{})
	})
	if err == nil || !strings.Contains(err.Error(), "extended CONNECT") {
		t.Error(err)
	}
}

const browserPage = `<!doctype html><meta charset="utf-8"><script>
const long = "é".repeat(50000), got = [];
const s = new WebSocket(location.href.replace("http", "ws") + "ws", ["a"]);
s.onopen = () => { s.send("hello"); s.send(long); s.send(new Uint8Array(70000)); };
s.onmessage = e => { got.push(e.data === "hello" ? "hello" : e.data === long ? "long" : e.data.size); if (got.length == 3) s.close(4000, [s.protocol, s.extensions, ...got].join(" ")); };
</script>`

// A browser: its WebSocket is a stream of the connection that the page came by.
func TestChromiumHTTP2(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	ended := make(chan string, 1) // one WebSocket
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", "text/html")
		io.WriteString(r, browserPage)
	}))
	root.PutChild("ws", websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		return &guest{proto: r.Proto, ended: ended}, nil
	}, websocket.Config{Options: websocket.Options{Logger: quiet, Protocols: []string{"a"}}}))
	_, _, addr := secure(t, &root, web.Config{}, client.HTTP2Auto)
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // that it takes to start on a slow machine
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors",
		"--user-data-dir="+home, "--remote-debugging-port=0", "https://"+addr+"/")
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // else its children still write to home
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		cmd.Wait()
	}()
	select {
	case got := <-ended:
		if want := "HTTP/2.0 4000 true a permessage-deflate; server_no_context_takeover; client_no_context_takeover hello long 70000"; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	case <-ctx.Done():
		t.Error("the browser has not finished")
	}
}

// guest echoes, and tells how it ended.
type guest struct {
	websocket.Base
	proto string
	ended chan<- string
}

func (g *guest) Message(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }

func (g *guest) Close(_ *websocket.Conn, err *websocket.CloseError) {
	g.ended <- fmt.Sprint(g.proto, " ", uint16(err.Code), " ", err.Clean, " ", err.Reason)
}
