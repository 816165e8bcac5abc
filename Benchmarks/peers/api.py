"""What a careful Python programmer would write instead of our services: FastAPI, SQLAlchemy, PyJWT, SQLite; run by uvicorn with one worker.

Durable (WAL, synchronous FULL), every token's Ed25519 signature checked, handlers as FastAPI's own documentation has them. Sessions are
opened in the handler, not by a dependency: to close that needs a thread once more, and with more requests than threads all wait for it.
BENCH_KEY is the public key's file, BENCH_DATABASE the database.
"""

import os
import pathlib
import threading
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, PositiveInt
from sqlalchemy import UniqueConstraint, create_engine, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

KEY = pathlib.Path(os.environ["BENCH_KEY"]).read_text()
# As many connections as FastAPI has threads: no request waits for the pool.
engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}", pool_size=40, connect_args={"timeout": 10})
# One writer at a time: to wait here is cheaper than in SQLite's busy handler, which sleeps.
writing = threading.Lock()


@event.listens_for(engine, "connect")
def set_up(connection, _):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


class Base(DeclarativeBase):
    pass


class Element(Base):
    __tablename__ = "element"
    __table_args__ = (UniqueConstraint("element_type", "element_id"), UniqueConstraint("element_type", "sequence_number"))
    id: Mapped[int] = mapped_column(primary_key=True)
    element_type: Mapped[str]
    element_id: Mapped[int]
    sequence_number: Mapped[int]
    comment: Mapped[str]


class NewElement(BaseModel):
    elementType: str
    elementId: PositiveInt
    comment: str


class ElementAnswer(NewElement):
    sequenceNumber: int


Base.metadata.create_all(engine)
app = FastAPI()
bearer = HTTPBearer()


def claims(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]):
    try:
        return jwt.decode(credentials.credentials, KEY, algorithms=["EdDSA"], audience="bench", issuer="bench")
    except jwt.InvalidTokenError:
        raise HTTPException(401)


Claims = Annotated[dict, Depends(claims)]


def shown(element):
    return ElementAnswer(elementType=element.element_type, elementId=element.element_id,
                         sequenceNumber=element.sequence_number, comment=element.comment)


@app.get("/health")
async def health():
    return {"status": "healthy"}


@app.get("/sequence/{element_type}/{element_id}")
def read(element_type: str, element_id: int, _: Claims) -> ElementAnswer:
    with Session(engine) as database:
        element = database.scalar(select(Element).filter_by(element_type=element_type, element_id=element_id))
        if element is None:
            raise HTTPException(404)
        return shown(element)


@app.post("/sequence", status_code=201)
def create(new: NewElement, _: Claims) -> ElementAnswer:
    with writing, Session(engine) as database:
        last = select(func.coalesce(func.max(Element.sequence_number), 0)).filter_by(element_type=new.elementType)
        element = Element(element_type=new.elementType, element_id=new.elementId, comment=new.comment,
                          sequence_number=database.scalar(last) + 1)
        database.add(element)
        try:
            database.flush()
        except IntegrityError:
            raise HTTPException(409)
        answer = shown(element)
        database.commit()
        return answer
