#include "vmm/help.h"

/* clang-format off */
const char help_text[] =
    "Usage: mayfly run --kernel FILE [OPTION]... [-- GUEST-WORD...]\n"
    "       mayfly cpu | doctor\n"
    "Run a microVM on Linux KVM, its console on standard input and output.\n"
    "  -k, --kernel FILE     bzImage, ELF (PVH, 64-bit) or Multiboot kernel\n"
    "  -i, --initrd FILE,... initial RAM disk, or modules\n"
    "  -a, --append STRING   more for the guest, before what comes after --\n"
    "  -m, --mem SIZE        memory, as 512M or 2G (default 128M)\n"
    "  -c, --cpus N          virtual CPUs (default 1) or sockets=S,cores=C,threads=T\n"
    "  -t, --timeout SECONDS end the guest after this time, with status 124\n"
    "      --on-reset=ACTION end (default) or restart\n"
    "      --disk FILE[,ro][,serial=ID][,direct]  a raw image, or a block device\n"
    "      --net tap=NAME|fd=N[,mac=MAC][,vhost=on|off|auto]  a network, by a TAP\n"
    "      --vsock cid=N,path=SOCKET  the guest's AF_VSOCK is Unix sockets here\n"
    "      --console=virtio, --balloon, --rng=off  hvc0; frees memory; no entropy\n"
    "      --firmware FILE   SeaBIOS, qboot: it boots the kernel, if there is one\n"
    "      --option-rom FILE, --fw-cfg name=NAME,file=FILE|string=TEXT: for it\n"
    "      --flat ADDR       the kernel is any bytes, for this address\n"
    "      --debugcon, --testdev  ports 0x402, 0xE9 to standard error; a test device\n"
    "      --no-cpu-check, --tsc-khz KHZ  let a host lack a feature; TSC's frequency\n"
    "      --user UID:GID, --chroot DIR, --cgroup DIR, --no-sandbox  confinement\n"
    "      --timeline[=FILE] tell when each step happened (FILE: as JSON)\n"
    "  -h, --help, --version; cpu [--check]: the CPU compiled in; doctor: this host\n"
    "On a terminal, Ctrl-A x ends the guest. Status: 0 off or reset, n (to 123) by\n"
    "port 0xF4, 124 timeout, 125 your or the host's error, 126 died, 128+n signal n.\n";
/* clang-format on */
