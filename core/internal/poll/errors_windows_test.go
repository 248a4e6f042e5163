// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/windows"
)

func TestCommon(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want []error
	}{
		{os.NewSyscallError("connect", windows.WSAECONNREFUSED), []error{windows.WSAECONNREFUSED, syscall.ECONNREFUSED}},
		{windows.WSAECONNRESET, []error{windows.WSAECONNRESET, syscall.ECONNRESET}},
		{os.NewSyscallError("socket", windows.WSAEAFNOSUPPORT), []error{windows.WSAEAFNOSUPPORT, syscall.EAFNOSUPPORT, errors.ErrUnsupported}},
		{io.EOF, []error{io.EOF}},
	} {
		for _, want := range tt.want {
			if got := common(tt.err); !errors.Is(got, want) {
				t.Errorf("%v does not match %v", got, want)
			}
		}
	}
	if common(nil) != nil {
		t.Error("an error of nothing")
	}
}
