"""A base backup of the cluster's database and the way back to it, as docs/scale.md says, command by command.

    take        pg_basebackup on the primary's host, while it runs, then pg_verifybackup
    put_back    services and Patroni end everywhere, etcd forgets the cluster, one host gets the backup in place of its data, the others copy it;
                then topics begin another epoch, and the services start
"""

import network

from database import AS_POSTGRES, BINARIES, SCOPE

# Offsets that were given out after the backup will be given out again, for other events: whoever follows has to hear that the log is another one.
EPOCHS = "UPDATE fountain_service_a.topic SET epoch = 1 + floor(random() * 9e15)::bigint"
# So long a host may take to start on the backup, and the others to copy it.
PATIENCE = 120


def take(keeper):
    host, place = host_of(keeper, keeper.primary()), keeper.directory / "backup"
    place.mkdir(mode=0o700)
    network.command("chown", "postgres:postgres", place)
    as_postgres(host, BINARIES / "pg_basebackup", "-h", own(keeper, host), "-U", "postgres", "-D", place, "-X", "stream", "-c", "fast")
    as_postgres(host, BINARIES / "pg_verifybackup", place)
    return {"host": host.name, "backup": str(place)}


def put_back(keeper):
    first, *others = keeper.hosts
    placed = [f"{name}/{service}" for name, service in keeper.services.placed()]
    for target in [*reversed(placed), *(f"{host.name}/patroni" for host in keeper.hosts)]:
        keeper.stop(target)
    forget = ["env", "ETCDCTL_API=2", "etcdctl", "--endpoints", f"http://{first.address}:2379", "rm", "--recursive", f"/service/{SCOPE}"]
    network.command(*first.enter(forget))
    for host in keeper.hosts:
        network.command("mv", own(keeper, host) / "data", own(keeper, host) / "data.before")
    network.command("cp", "-a", keeper.directory / "backup", own(keeper, first) / "data")
    keeper.start(f"{first.name}/patroni")
    network.wait_for("a primary on the backup", PATIENCE, lambda: keeper.primary() == first.name)
    for host in others:
        keeper.start(f"{host.name}/patroni")
    network.wait_for("copies on the other hosts", PATIENCE, keeper.is_replicated)
    as_postgres(first, "psql", "-X", "-h", own(keeper, first), "-U", "postgres", "-c", EPOCHS, "fountain")
    for target in placed:
        keeper.start(target)
    network.wait_for("all of it whole", PATIENCE, keeper.is_whole)
    return {"host": first.name}


def host_of(keeper, name):
    return next(host for host in keeper.hosts if host.name == name)


def own(keeper, host):
    return keeper.directory / host.name / "postgresql"


def as_postgres(host, *words):
    network.command(*host.enter([*AS_POSTGRES, *words]))
