// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package web_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
)

// envHandover is the variable by which this program, run by its tests, is a web server.
const envHandover = "WEB_TEST_HANDOVER"

func TestMain(m *testing.M) {
	if os.Getenv(envHandover) != "" {
		if err := serveUntilReplaced(); err != nil {
			fmt.Println("failed", os.Getpid(), err)
			os.Exit(1)
		}
		return
	}
	leaktest.Main(m)
}

// serveUntilReplaced is a server that tells its process number, and is replaced at SIGUSR2.
func serveUntilReplaced() error {
	from, err := handover.Inherited()
	if err != nil {
		return err
	}
	r, err := reactor.New(reactor.Config{Inherited: from.Sockets(), InstallSignalHandlers: true})
	if err != nil {
		return err
	}
	up, err := handover.New(r, handover.Config{})
	if err != nil {
		return err
	}
	site := web.NewSite(web.Func(func(r *web.Request) { fmt.Fprintln(r, os.Getpid()) }), web.Config{})
	factory, reload, err := servedBy(site, os.Getenv(envHandover))
	if err != nil {
		return err
	}
	port, err := r.ListenTCP("127.0.0.1:0", factory, reactor.ListenOptions{Backlog: 512})
	if err != nil {
		return err
	}
	leave := func(pid int, err error) {
		if err != nil {
			fmt.Println("failed", os.Getpid(), err)
			return
		}
		port.StopListening().Done(func(struct{}, error) { // which drains the site
			go func() { // ends with the process
				_ = site.Shutdown(context.Background())
				_ = r.Stop()
			}()
		})
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2, syscall.SIGHUP)
	go func() { // ends with the process
		for s := range asked {
			if s == syscall.SIGUSR2 {
				r.CallFromThread(func() { up.Start(nil, nil).Done(leave) })
			} else if err := reload(); err != nil {
				fmt.Println("failed", os.Getpid(), err)
			} else {
				fmt.Println("reloaded", os.Getpid())
			}
		}
	}()
	r.CallWhenRunning(func() {
		if err := from.Ready(nil); err != nil {
			fmt.Println("failed", os.Getpid(), err)
		}
		fmt.Println("ready", os.Getpid(), port.Addr())
	})
	err = r.Run(context.Background())
	fmt.Println("served", site.Stats().Requests)
	return err
}

// servedBy returns the factory to listen with: the site, or, if mode names a file with a key and a certificate, one with TLS, and what SIGHUP does.
func servedBy(site *web.Site, mode string) (protocol.Factory, func() error, error) {
	if mode == "plain" {
		return site, func() error { return nil }, nil
	}
	cert, err := tlswrap.LoadFiles(mode, mode)
	if err != nil {
		return nil, nil, err
	}
	f, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{GetCertificate: cert.GetCertificate}}, site)
	return f, cert.Reload, err
}

// A replaced server is a process with its successors.
type replaced struct {
	*testing.T
	lines chan string
	addr  string
	pids  []int

	secure, stopped bool

	totals chan string // how many requests the processes have served
	probes int         // requests of served
}

// startReplaced starts a server, with TLS if certFile is the name of a file.
func startReplaced(t *testing.T, certFile string) *replaced {
	t.Helper()
	s := &replaced{T: t, lines: make(chan string, 100), totals: make(chan string, 100), secure: certFile != ""} // more than a test makes
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), envHandover+"="+cmp.Or(certFile, "plain"))
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	read := make(chan struct{})
	go func() { // the cleanup waits for it
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			t.Log(lines.Text())
			if n, ok := strings.CutPrefix(lines.Text(), "served "); ok {
				s.totals <- n
				continue
			}
			s.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		s.stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the first process: %v", err)
		}
		<-read // all have ended
		out.Close()
	})
	s.ready()
	return s
}

// stop ends the last process: the others have ended, or are about to.
func (s *replaced) stop() {
	if !s.stopped {
		s.stopped = true
		_ = syscall.Kill(s.pids[len(s.pids)-1], syscall.SIGTERM)
	}
}

// requests ends the server and returns how many requests all its processes have served, without those of served.
func (s *replaced) requests() int {
	s.Helper()
	s.stop()
	sum := -s.probes
	for range s.pids {
		select {
		case total := <-s.totals:
			n, err := strconv.Atoi(total)
			if err != nil {
				s.Fatal(total)
			}
			sum += n
		case <-time.After(time.Minute):
			s.Fatal("a process does not end")
		}
	}
	return sum
}

func (s *replaced) ready() {
	s.Helper()
	pid, addr := s.says("ready")
	if s.addr != "" && s.addr != addr {
		s.Fatal(addr)
	}
	s.pids, s.addr = append(s.pids, pid), addr
}

// reload sends SIGHUP and waits until the server has reloaded.
func (s *replaced) reload() {
	s.Helper()
	if err := syscall.Kill(s.pids[len(s.pids)-1], syscall.SIGHUP); err != nil {
		s.Fatal(err)
	}
	s.says("reloaded")
}

// says waits for a line that begins with word.
func (s *replaced) says(word string) (pid int, rest string) {
	s.Helper()
	for {
		select {
		case line := <-s.lines:
			f := strings.Fields(line)
			if len(f) > 0 && f[0] == "failed" {
				s.Fatal(line)
			}
			if len(f) < 2 || f[0] != word {
				continue
			}
			pid, err := strconv.Atoi(f[1])
			if err != nil {
				s.Fatal(line)
			}
			return pid, strings.Join(f[2:], " ")
		case <-time.After(time.Minute):
			s.Fatalf("no process is %s", word)
		}
	}
}

func (s *replaced) replace() {
	s.Helper()
	if err := syscall.Kill(s.pids[len(s.pids)-1], syscall.SIGUSR2); err != nil {
		s.Fatal(err)
	}
	s.ready()
}

func (s *replaced) url() string {
	if s.secure {
		return "https://" + s.addr + "/"
	}
	return "http://" + s.addr + "/"
}

// served asks on a new connection which process answers.
func (s *replaced) served() int {
	s.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: time.Minute} // a certificate of the test's own
	s.probes++
	res, err := c.Get(s.url())
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		s.Fatal(err)
	}
	return pid
}

// handedOver waits until the last process answers, which is the only one then.
func (s *replaced) handedOver() {
	s.Helper()
	last := s.pids[len(s.pids)-1]
	for end := time.Now().Add(time.Minute); s.served() != last; {
		if time.Now().After(end) {
			s.Fatal("the successor does not serve")
		}
	}
}

func (s *replaced) different() {
	s.Helper()
	pids := slices.Sorted(slices.Values(s.pids))
	if len(slices.Compact(pids)) != len(s.pids) {
		s.Errorf("the processes were %v", s.pids)
	}
}

// A server that is replaced three times under load fails no request of wrk's kept-alive connections.
func TestReplacedUnderLoadOfWrk(t *testing.T) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		t.Skip("wrk is not installed")
	}
	s := startReplaced(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, wrk, "-t1", "-c32", "-d10m", "--timeout", "30s", "http://"+s.addr+"/")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended atomic.Bool
	done := make(chan error, 1)
	go func() { // waited for below
		done <- cmd.Wait()
		ended.Store(true)
	}()
	for range 3 {
		s.replace()
		s.handedOver()
	}
	for range 3 { // nothing was lost up to the end of those before
		select {
		case <-s.totals:
		case <-time.After(time.Minute):
			t.Fatal("a process does not end")
		}
	}
	if ended.Load() {
		t.Error("wrk had ended before the last process served")
	}
	cmd.Process.Signal(os.Interrupt) // it tells then what it has seen
	if err := <-done; err != nil {
		t.Fatalf("wrk: %v\n%s", err, &out)
	}
	t.Log(out.String())
	if strings.Contains(out.String(), "Socket errors") || strings.Contains(out.String(), "Non-2xx") {
		t.Error("requests failed")
	}
	if n := regexp.MustCompile(`(\d+) requests in`).FindStringSubmatch(out.String()); n == nil || len(n[1]) < 3 {
		t.Errorf("too few requests: %v", n)
	}
	s.different()
}

// The same with a new connection for every request, and with kept-alive connections of a client that repeats nothing.
func TestReplacedUnderLoad(t *testing.T) {
	s := startReplaced(t, "")
	var stop atomic.Bool
	var answers atomic.Int64
	var clients sync.WaitGroup
	defer clients.Wait()
	defer stop.Store(true)
	addr := s.addr
	for _, keep := range []bool{false, true} {
		for range 4 {
			clients.Go(func() {
				for !stop.Load() {
					n, err := requests(addr, keep, &stop)
					if answers.Add(n); err != nil {
						t.Errorf("kept alive %v: after %d requests: %v", keep, n, err)
						return
					}
				}
			})
		}
	}
	for range 3 {
		for was := answers.Load(); answers.Load() < was+300 && !t.Failed(); {
			s.served()
		}
		s.replace()
		s.handedOver()
	}
	stop.Store(true)
	clients.Wait()
	s.different()
	t.Logf("%d answers", answers.Load())
}

// requests sends requests on one connection, until the server says that it closes, and returns how many were answered.
func requests(addr string, keep bool, stop *atomic.Bool) (n int64, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	in := bufio.NewReader(c)
	for !stop.Load() {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			return n, err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 {
			return n, fmt.Errorf("status %d, %w", res.StatusCode, err)
		}
		if n++; res.Close || !keep {
			break
		}
	}
	return n, nil
}
