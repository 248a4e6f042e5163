// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import "golang.org/x/sys/unix"

// A queue is an inotify instance.
type queue int

func open() (kernel, error) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return nil, explainOpen(err)
	}
	return queue(fd), nil
}

func (q queue) fd() int { return int(q) }

func (q queue) add(path string, mask Mask) (int32, error) {
	wd, err := retry(func() (int, error) { return unix.InotifyAddWatch(int(q), path, uint32(mask)) })
	return int32(wd), err
}

// remove has nothing to say when it fails: the kernel then had removed the watch already.
func (q queue) remove(wd int32) { _, _ = unix.InotifyRmWatch(int(q), uint32(wd)) }

func (q queue) read(p []byte) (int, error) {
	return retry(func() (int, error) { return unix.Read(int(q), p) })
}

func (q queue) close() { _ = unix.Close(int(q)) }

func retry(f func() (int, error)) (int, error) {
	for {
		n, err := f()
		if err != unix.EINTR {
			return n, err
		}
	}
}
