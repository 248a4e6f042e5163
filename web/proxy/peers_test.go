// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/proxy"
)

// program returns the path of a real peer, or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// freePort returns a port that is free at this moment.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return portOf(t, l.Addr().String())
}

// start runs a program until the end of the test, and waits until it listens on port.
func start(t *testing.T, port int, path string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1) // filled once
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	for end := time.Now().Add(30 * time.Second); ; {
		c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			c.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s: %v\n%s", path, err, out.Bytes())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not listen: %s", path, out.Bytes())
		}
	}
}

// In front of nginx: what it serves comes through whole, in many requests at a time.
func TestFrontOfNginx(t *testing.T) {
	nginx := program(t, "nginx")
	wrk := program(t, "wrk")
	dir, port := t.TempDir(), freePort(t)
	www := filepath.Join(dir, "www")
	if err := os.Mkdir(www, 0o755); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	if err := os.WriteFile(filepath.Join(www, "page"), bytes.Repeat([]byte("x"), 100000), 0o644); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "conf")
	text := fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/err;\nevents {}\nhttp { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; "+
		"fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s; server { listen 127.0.0.1:%[2]d; root %[1]s/www; } }\n", dir, port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, port, nginx, "-p", dir, "-c", conf)
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{fmt.Sprint("tcp:127.0.0.1:", port)}})
	res := exchange(t, front, get("/app/page", "Range: bytes=10-19"))
	if status(res) != "206 Partial Content" || !strings.HasSuffix(res, "\r\n\r\nxxxxxxxxxx") {
		t.Errorf("range: %q", res)
	}
	out, err := exec.Command(wrk, "-t1", "-c32", "-d1s", "--timeout", "1m", "http://"+front+"/app/page").CombinedOutput()
	if err != nil || strings.Contains(string(out), "Socket errors") || strings.Contains(string(out), "Non-2xx") {
		t.Errorf("%v: %s", err, out)
	}
}

const websocketEcho = `
import asyncio, sys, websockets
async def echo(ws, path=None):
    async for m in ws:
        await ws.send(m)
async def main():
    async with websockets.serve(echo, '127.0.0.1', int(sys.argv[1]), max_size=None):
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
`

const websocketClient = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect('ws://' + sys.argv[1] + '/app/chat', max_size=None) as ws:
        for m in ['hello', 'x' * 100000, bytes(2000000)]:
            await ws.send(m)
            assert await ws.recv() == m
        await ws.close()
        print('closed', ws.close_code)
asyncio.run(main())
`

// WebSocket passes through, between two ends of Python's.
func TestWebSocketOfPython(t *testing.T) {
	const python = "/usr/bin/python3" // the system's, with the modules of its packages
	if err := exec.Command(python, "-c", "import websockets").Run(); err != nil {
		t.Skip("python3-websockets is not installed")
	}
	port := freePort(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", websocketEcho, fmt.Sprint(port))
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close(); cmd.Wait() })
	for end := time.Now().Add(30 * time.Second); ; {
		c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	front := reverse(t, proxy.ReverseConfig{Upstreams: []string{fmt.Sprint("tcp:127.0.0.1:", port)}})
	out, err := exec.Command(python, "-c", websocketClient, front).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "closed 1000" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestForwardWithCurl(t *testing.T) {
	curl := program(t, "curl")
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "plain") }))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "secure") }))
	defer secure.Close()
	front := forward(t, proxy.ForwardConfig{ConnectPorts: []int{portOf(t, secure.Listener.Addr().String())}})
	for url, want := range map[string]string{plain.URL: "plain", secure.URL: "secure"} {
		out, err := exec.Command(curl, "-s", "-k", "--max-time", "30", "--noproxy", "", "-x", "http://"+front, url+"/").CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: %q %v", url, out, err)
		}
	}
}
