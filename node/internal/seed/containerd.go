package seed

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// Where containerd keeps what is to be forgotten: the containers of Kubernetes'
// namespace in its database, and folders of the plugins that ran them.
var (
	databaseFile = filepath.Join("io.containerd.metadata.v1.bolt", "meta.db")
	containers   = [][]byte{[]byte("containers"), []byte("sandboxes"), []byte("leases")}
	folders      = []string{
		"io.containerd.grpc.v1.cri/containers",
		"io.containerd.grpc.v1.cri/sandboxes",
		"io.containerd.runtime.v2.task",
		"io.containerd.sandbox.controller.v1.shim",
		"tmpmounts",
	}
)

// Forget makes a containerd that does not run forget its containers and keep
// its images. Without it a kubelet would first clean up after Pods of a
// cluster that is no more. containerd itself then frees their file systems.
func Forget(root string) error {
	file := filepath.Join(root, databaseFile)
	if _, err := os.Stat(file); os.IsNotExist(err) {
		return nil // it never ran
	}
	for _, name := range folders {
		if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
			return fmt.Errorf("forget containers: %w", err)
		}
	}
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true, NoFreelistSync: true})
	if err != nil {
		return fmt.Errorf("forget containers: %w", err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte("v1"))
		if bucket != nil {
			bucket = bucket.Bucket([]byte("k8s.io"))
		}
		if bucket == nil {
			return nil
		}
		for _, name := range containers {
			if bucket.Bucket(name) == nil {
				continue
			}
			if err := bucket.DeleteBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	if closed := db.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("forget containers: %w", err)
	}
	return nil
}
