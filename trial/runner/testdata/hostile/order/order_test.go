package order

import "testing"

func TestC(t *testing.T) {}
func TestA(t *testing.T) {}
func TestB(t *testing.T) {}
