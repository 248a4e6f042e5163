package goroutine

import "testing"

func TestBefore(t *testing.T) {}

func TestGoroutine(t *testing.T) {
	done := make(chan bool)
	go func() {
		defer close(done)
		boom()
	}()
	<-done
	select {}
}

func boom() { panic("boom in a goroutine") }

func TestAfter(t *testing.T) {}
