// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi

// Started reports whether Start has begun to make directories. Safe from any goroutine.
func (s *Service) Started() bool {
	done := make(chan bool, 1)
	s.r.CallFromThread(func() { done <- len(s.all) > 0 })
	return <-done
}
