// gRPC's threads, held for the life of the process.
#pragma once

namespace huangpu::node {

// gRPC 1.51 counts its users and tears its threads down with the last of them. Both teardowns are
// broken: that of the library may wait ten seconds for a poller that nobody wakes, and that of the
// callback threads frees what it still uses when the last user happens to be destroyed on one of
// them (the end of a dialled stream is). One user that never leaves avoids both. Every server and
// channel of ours calls this first; only the first call does anything.
void keep_grpc_running();

}  // namespace huangpu::node
