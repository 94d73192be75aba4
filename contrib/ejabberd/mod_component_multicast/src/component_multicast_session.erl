%%% Delivers stanzas to a client's session together: one message to its process, one write to its socket.
%%%
%%% Each stanza passes the hooks of ejabberd_router, ejabberd_sm and ejabberd_c2s as if it came alone.
-module(component_multicast_session).

-export([start/1, stop/1, deliver/2, ask/1]).
-export([c2s_handle_info/2, c2s_terminated/2]).
%% Callbacks of xmpp_socket.
-export([send/2, close/1, get_owner/1, get_transport/1, sockname/1, peername/1, setopts/2]).

-include("xmpp.hrl").

-define(BUFFER, {?MODULE, buffer}).
%% Number of stanzas in one message that leave much garbage: whoever enters a room gets the presence of all. A session that
%% has nothing to do would keep it. It is collected by a message of its own, when nothing refers to the stanzas any more.
-define(MANY_STANZAS, 50).
%% Before ejabberd_c2s, which logs what it does not know.
-define(FIRST, 1).
%% Behind ejabberd_c2s, which has ended the session.
-define(LAST, 100).

start(Host) ->
    ejabberd_hooks:add(c2s_handle_info, Host, ?MODULE, c2s_handle_info, ?FIRST),
    ejabberd_hooks:add(c2s_terminated, Host, ?MODULE, c2s_terminated, ?LAST).

stop(Host) ->
    ejabberd_hooks:delete(c2s_handle_info, Host, ?MODULE, c2s_handle_info, ?FIRST),
    ejabberd_hooks:delete(c2s_terminated, Host, ?MODULE, c2s_terminated, ?LAST).

%%% In any process

%% Delivers messages and presence to a full address. Returns its session; undefined if it has none here, so that the
%% stanzas took the usual way.
-spec deliver(ljid(), [stanza()]) -> pid() | undefined.
deliver({User, Server, Resource}, Stanzas) ->
    case gen_mod:is_loaded(Server, mod_component_multicast) andalso ejabberd_sm:get_session_pid(User, Server, Resource) of
        Session when is_pid(Session), node(Session) == node() ->
            Session ! {?MODULE, lists:flatmap(fun(Stanza) -> filter(Stanza, Server) end, Stanzas)},
            Session;
        _ ->
            lists:foreach(fun ejabberd_router:route/1, Stanzas),
            undefined
    end.

%% Asks a session to send {handled, Reference} when it has handled all that it was sent before.
-spec ask(pid()) -> reference().
ask(Session) ->
    Reference = make_ref(),
    Session ! {?MODULE, self(), Reference},
    Reference.

filter(Stanza, Server) ->
    case ejabberd_hooks:run_fold(filter_packet, Stanza, []) of
        drop ->
            [];
        Filtered ->
            case ejabberd_hooks:run_fold(sm_receive_packet, Server, Filtered, []) of
                drop -> [];
                Received -> [Received]
            end
    end.

%%% In the process of a session

c2s_handle_info(State, {?MODULE, collect}) ->
    erlang:garbage_collect(),
    {stop, State};
c2s_handle_info(#{socket := Socket} = State, {?MODULE, Stanzas}) ->
    length(Stanzas) < ?MANY_STANZAS orelse (self() ! {?MODULE, collect}),
    {stop, restore(lists:foldl(fun handle/2, State#{socket := joined(Socket)}, Stanzas))};
c2s_handle_info(State, {?MODULE, Stanzas}) ->
    {stop, lists:foldl(fun handle/2, State, Stanzas)};
c2s_handle_info(State, {?MODULE, Asking, Reference}) ->
    Asking ! {handled, Reference},
    {stop, State};
c2s_handle_info(State, _Info) ->
    State.

handle(Stanza, State) ->
    ejabberd_c2s:handle_info({route, Stanza}, State).

%% Lets what has not been handled take the usual way, as ejabberd_c2s does with single stanzas.
c2s_terminated(State, Reason) ->
    receive
        {?MODULE, Stanzas} ->
            lists:foreach(fun ejabberd_router:route/1, Stanzas),
            c2s_terminated(State, Reason)
    after 0 ->
            State
    end.

%% Returns a socket that keeps what it is sent. xmpp_socket has no function for this: its first two fields are the module of
%% the socket, and the socket.
joined(Socket) ->
    case xmpp_socket:get_sockmod(Socket) of
        Module when Module == gen_tcp; Module == fast_tls ->
            put(?BUFFER, []),
            setelement(3, setelement(2, Socket, ?MODULE), {Module, element(3, Socket)});
        _ ->
            Socket
    end.

%% Writes what was kept, and gives the session its own socket again.
restore(#{socket := Joined} = State) ->
    case xmpp_socket:get_sockmod(Joined) of
        ?MODULE ->
            {Module, Inner} = element(3, Joined),
            case flush({Module, Inner}) of
                ok -> ok;
                %% As xmpp_stream_in does.
                {error, _} -> self() ! {'$gen_event', closed}
            end,
            State#{socket := setelement(3, setelement(2, Joined, Module), Inner)};
        _ ->
            State
    end;
restore(State) ->
    State.

flush({Module, Socket}) ->
    case erase(?BUFFER) of
        Empty when Empty == []; Empty == undefined ->
            ok;
        Texts ->
            try Module:send(Socket, iolist_to_binary(lists:reverse(Texts)))
            catch error:badarg -> {error, closed}
            end
    end.

%%% Callbacks of xmpp_socket

send(_Socket, Text) ->
    put(?BUFFER, [Text | get(?BUFFER)]),
    ok.

close({Module, Inner} = Socket) ->
    _ = flush(Socket),
    put(?BUFFER, []),
    Module:close(Inner).

get_owner(_Socket) -> self().

get_transport({gen_tcp, _}) -> tcp;
get_transport({fast_tls, _}) -> tls.

sockname({gen_tcp, Socket}) -> inet:sockname(Socket);
sockname({Module, Socket}) -> Module:sockname(Socket).

peername({gen_tcp, Socket}) -> inet:peername(Socket);
peername({Module, Socket}) -> Module:peername(Socket).

setopts({gen_tcp, Socket}, Options) -> inet:setopts(Socket, Options);
setopts({Module, Socket}, Options) -> Module:setopts(Socket, Options).
