package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"syscall"
	"time"
)

// hogCPU computes roots until ctx ends.
func hogCPU(ctx context.Context) {
	x := 1.0
	for ctx.Err() == nil {
		for range 1 << 16 {
			x = math.Sqrt(x + 2)
		}
	}
	runtime.KeepAlive(x) // else the compiler could drop the work
}

// hogMemory allocates, touches, holds and frees memory in a loop. The memory
// is mapped from the kernel directly: the Go heap neither holds nor frees it.
func hogMemory(ctx context.Context, o options, log *logger) error {
	if o.vmBytes == 0 {
		<-ctx.Done()
		return nil
	}
	var mem []byte
	for ctx.Err() == nil {
		if mem == nil {
			log.debug("allocating %d bytes ...", o.vmBytes)
			var err error
			mem, err = syscall.Mmap(-1, 0, int(o.vmBytes), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
			if err != nil {
				return fmt.Errorf("cannot allocate %d bytes: %w", o.vmBytes, err)
			}
		}
		log.debug("touching bytes in strides of %d bytes ...", o.vmStride)
		touch(mem, int(o.vmStride))
		hang(ctx, o, log)
		if !o.vmKeep {
			if err := syscall.Munmap(mem); err != nil {
				return fmt.Errorf("cannot free memory: %w", err)
			}
			mem = nil
			log.debug("freed %d bytes", o.vmBytes)
		}
	}
	return nil
}

// hang holds the memory for as long as --vm-hang says; 0 seconds is forever.
func hang(ctx context.Context, o options, log *logger) {
	if !o.vmHang.set {
		return
	}
	if o.vmHang.d == 0 {
		log.debug("sleeping forever with allocated memory")
		<-ctx.Done()
		return
	}
	log.debug("sleeping for %v with allocated memory", time.Duration(o.vmHang.d))
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(o.vmHang.d)):
	}
}

// touch writes to memory, so that it becomes resident.
func touch(mem []byte, stride int) {
	for i := 0; i < len(mem); i += stride {
		mem[i] = 'Z'
	}
}
