// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package peers_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// A body that ends before its gzip stream does is an error that has what was decoded, however the body is framed. web-cli-17.
func TestTruncatedGzip(t *testing.T) {
	r := peers.Reactor(t)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	text := strings.Repeat("A line that is worth its compression.\n", 1000)
	io.WriteString(z, text)
	z.Close()
	half := zipped.Bytes()[:zipped.Len()-10]
	for name, frame := range map[string]string{
		"length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(half), half),
		"chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(half), half),
		"close":  fmt.Sprintf("Connection: close\r\n\r\n%s", half),
		"cut":    fmt.Sprintf("Content-Length: %d\r\n\r\n%s", zipped.Len(), half),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan() && lines.Text() != ""; {
				}
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"+frame)
			}()
			agent, err := client.New(r, client.Config{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = peers.Wait(t, r, func() *deferred.Deferred[*answer] {
				return collected(client.NewDecoderAgent(agent, client.DecoderConfig{}).Do(&client.Request{URL: parse(t, "http://"+l.Addr().String()).URL}))
			})
			e, ok := errors.AsType[*client.Error](err)
			if !ok || e.Phase != client.PhaseResponse || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(text, string(e.Partial)) {
				t.Errorf("%v", err)
			}
			peers.Wait(t, r, agent.Close)
			<-ended
		})
	}
}

// What nc -l gets to see: one Host, with a port that is not usual, and what belongs to the connection. Its answer ends with the connection. web-cli-02, web-cli-09.
func TestHeadAtNetcat(t *testing.T) {
	nc, r := peers.Program(t, "nc"), peers.Reactor(t)
	for _, tt := range []struct {
		name   string
		change func(q *client.Request)
		want   string
	}{
		{"GET", func(q *client.Request) {}, "GET /a%20b?c HTTP/1.1\r\nHost: HERE\r\nX-A: b\r\nUser-Agent: Torsion\r\nConnection: TE\r\nTE: trailers\r\n\r\n"},
		{"POST without a body", func(q *client.Request) { q.Method = "POST" },
			"POST /a%20b?c HTTP/1.1\r\nHost: HERE\r\nX-A: b\r\nUser-Agent: Torsion\r\nContent-Length: 0\r\nConnection: TE\r\nTE: trailers\r\n\r\n"},
		{"Host and Close", func(q *client.Request) { q.Host, q.Close = "other.example", true },
			"GET /a%20b?c HTTP/1.1\r\nHost: other.example\r\nX-A: b\r\nUser-Agent: Torsion\r\nConnection: close, TE\r\nTE: trailers\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			port := peers.FreePort(t)
			cmd := exec.CommandContext(t.Context(), nc, "-l", "-v", "-n", "-N", "127.0.0.1", fmt.Sprint(port))
			in, err1 := cmd.StdinPipe()
			out, err2 := cmd.StdoutPipe()
			says, err3 := cmd.StderrPipe()
			if err := errors.Join(err1, err2, err3, cmd.Start()); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(says).ReadString('\n'); !strings.HasPrefix(line, "Listening") {
				t.Fatalf("nc: %q, %v", line, err)
			}
			head := make(chan string, 1)
			go func() {
				var got strings.Builder
				for b := bufio.NewReader(out); !strings.HasSuffix(got.String(), "\r\n\r\n"); {
					line, err := b.ReadString('\n')
					if got.WriteString(line); err != nil {
						break
					}
				}
				io.WriteString(in, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nby hand")
				in.Close()
				head <- got.String()
			}()
			agent, err := client.New(r, client.Config{})
			if err != nil {
				t.Fatal(err)
			}
			q := &client.Request{URL: parse(t, local("http", port)+"/a%20b?c").URL}
			q.Header.Set("X-A", "b")
			q.Header.Set("Host", "evil.example")
			before := q.Header.Len()
			tt.change(q)
			a, err := peers.Wait(t, r, func() *deferred.Deferred[*answer] { return collected(agent.Do(q)) })
			if err != nil || string(a.body) != "by hand" || a.length != -1 {
				t.Errorf("%+v, %v", a, err)
			}
			if got, want := <-head, strings.ReplaceAll(tt.want, "HERE", fmt.Sprint("127.0.0.1:", port)); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if q.Header.Len() != before {
				t.Error("the caller's header was changed")
			}
			cmd.Wait()
			peers.Wait(t, r, agent.Close)
		})
	}
}

// A server that takes no connection: its backlog is full, so that the kernel drops what would begin one. All stays on this machine, where no address is unroutable. web-cli-06.
func TestConnectTimeout(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	addr, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		c, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(c)
		if err := syscall.Connect(c, addr); err != nil && err != syscall.EINPROGRESS {
			t.Fatal(err)
		}
	}
	r := peers.Reactor(t)
	agent, err := client.New(r, client.Config{Timeouts: client.Timeouts{Connect: 100 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	port := addr.(*syscall.SockaddrInet4).Port
	_, err = peers.Wait(t, r, func() *deferred.Deferred[*answer] {
		return collected(agent.Do(&client.Request{URL: parse(t, local("http", port)).URL}))
	})
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Phase != client.PhaseConnect || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	stats, _ := peers.Wait(t, r, func() *deferred.Deferred[client.Stats] { return deferred.SucceedOn(r, agent.Stats()) })
	if stats.Open != 0 {
		t.Errorf("%+v", stats)
	}
	peers.Wait(t, r, agent.Close)
}
