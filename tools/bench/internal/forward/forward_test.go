// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package forward

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocols/portforward"
	"github.com/torsion-go/torsion/core/reactor"
)

var gigabytes = flag.Float64("compare", 0, "carry so many GB through each forwarder, and print a table")

// forwardTo is the variable of the environment that makes the test's program a forwarder.
const forwardTo = "TORSION_BENCH_FORWARD_TO"

func TestMain(m *testing.M) {
	if target := os.Getenv(forwardTo); target != "" {
		if err := serve(target); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve forwards until its standard input ends.
func serve(target string) error {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	f, err := portforward.New(portforward.Config{Dial: portforward.ToString(nil, "tcp:"+target)})
	if err != nil {
		return err
	}
	p, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1", f)
	if err != nil {
		return err
	}
	fmt.Println(p.Addr())
	ctx, stop := context.WithCancel(context.Background())
	go func() { // ends with the process
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	return r.Run(ctx)
}

// A result is one run of one forwarder.
type result struct {
	rate float64 // GB a second
	cpu  float64 // seconds of the forwarder's processor time for a GB
}

func TestCompare(t *testing.T) {
	gb, rounds := 0.05, 1
	if *gigabytes > 0 {
		gb, rounds = *gigabytes, 3
	}
	sink, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	names := []string{"torsion"}
	for _, name := range []string{"haproxy", "haproxy-splice", "socat"} {
		if _, err := exec.LookPath(strings.TrimSuffix(name, "-splice")); err == nil {
			names = append(names, name)
		}
	}
	results := map[string][]result{}
	for range rounds {
		for _, name := range names {
			results[name] = append(results[name], once(t, name, sink, int64(gb*1e9)))
		}
	}
	fmt.Printf("%-16s %10s %20s\n", "forwarder", "GB/s", "CPU seconds per GB")
	for _, name := range names {
		all := results[name]
		slices.SortFunc(all, func(a, b result) int { return int((a.cpu - b.cpu) * 1e6) })
		m := all[len(all)/2]
		if m.rate <= 0 || m.cpu <= 0 {
			t.Errorf("%s: %+v", name, m)
		}
		fmt.Printf("%-16s %10.2f %20.3f\n", name, m.rate, m.cpu)
	}
}

// once carries n bytes through a forwarder.
func once(t *testing.T, name string, sink net.Listener, n int64) result {
	t.Helper()
	pid, addr, stop := start(t, name, sink.Addr().String())
	defer stop()
	got := make(chan int64, 1)
	go func() { got <- drain(sink) }()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(name, err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	before, began := cpu(t, pid), time.Now()
	block := make([]byte, 256<<10)
	for sent := int64(0); sent < n; {
		k, err := c.Write(block[:min(int64(len(block)), n-sent)])
		if err != nil {
			t.Fatal(name, err)
		}
		sent += int64(k)
	}
	c.(*net.TCPConn).CloseWrite()
	if r := <-got; r != n {
		t.Fatalf("%s carried %d of %d bytes", name, r, n)
	}
	took := time.Since(began)
	return result{float64(n) / 1e9 / took.Seconds(), (cpu(t, pid) - before).Seconds() / (float64(n) / 1e9)}
}

// drain accepts a connection and counts its bytes, which the kernel throws away (MSG_TRUNC): the sink is to cost little.
func drain(l net.Listener) (n int64) {
	c, err := l.Accept()
	if err != nil {
		return -1
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return -1
	}
	var none [1]byte
	raw.Read(func(fd uintptr) bool {
		for {
			k, _, errno := syscall.Syscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&none[0])), 1<<20, unix.MSG_TRUNC|unix.MSG_DONTWAIT, 0, 0)
			switch {
			case errno == unix.EAGAIN:
				return false
			case errno != 0 || k == 0:
				return true
			}
			n += int64(k)
		}
	})
	return n
}

// start starts a forwarder and returns its process, its address, and what stops it.
func start(t *testing.T, name, target string) (pid int, addr string, stop func()) {
	t.Helper()
	var cmd *exec.Cmd
	switch name {
	case "torsion":
		cmd = exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), forwardTo+"="+target)
	case "socat":
		addr = freeAddress(t)
		_, port, _ := net.SplitHostPort(addr)
		cmd = exec.Command("socat", "-b", "65536", "TCP4-LISTEN:"+port+",bind=127.0.0.1,reuseaddr", "TCP4:"+target)
	default:
		addr = freeAddress(t)
		config := "global\n nbthread 1\ndefaults\n mode tcp\n timeout connect 30s\n timeout client 60s\n timeout server 60s\n"
		if name == "haproxy-splice" {
			config += " option splice-request\n option splice-response\n"
		}
		config += "listen l\n bind " + addr + "\n server s " + target + "\n"
		file := filepath.Join(t.TempDir(), "haproxy.cfg")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd = exec.Command("haproxy", "-db", "-f", file)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	}
	if name == "torsion" {
		if addr, err = bufio.NewReader(out).ReadString('\n'); err != nil {
			stop()
			t.Fatal(err)
		}
		return cmd.Process.Pid, strings.TrimSpace(addr), stop
	}
	if !listens(addr) {
		stop()
		t.Fatalf("%s does not listen", name)
	}
	return cmd.Process.Pid, addr, stop
}

// freeAddress returns an address that was free a moment ago: these programs cannot tell which one the system gave them.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// listens waits until somebody listens at addr, without connecting: socat takes one connection only.
func listens(addr string) bool {
	_, port, _ := net.SplitHostPort(addr)
	var n int
	fmt.Sscan(port, &n)
	want := fmt.Sprintf("0100007F:%04X 00000000:0000 0A", n)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		table, err := os.ReadFile("/proc/net/tcp")
		if err != nil {
			return false
		}
		if strings.Contains(string(table), want) {
			return true
		}
		unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
	}
	return false
}

// cpu reads the processor time of a process.
func cpu(t *testing.T, pid int) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^uint32(pid)<<3|2), &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}
