// Passwords that attackers try first: of those, the ones that would be long enough. Lower case, written down from common knowledge of
// leaked lists (sequences, keyboard walks, names, teams, years, defaults of systems); it refuses the obvious and does not claim more.

enum CommonPasswords {
    static let all = Set(text.split(whereSeparator: \.isWhitespace).map(String.init))  // characters because it is ours

    private static let text = """
        00000000 000000000 0000000000 01234567 012345678 0123456789 0987654321 0okm9ijn 10203040 102030405
        1029384756 11111111 111111111 1111111111 11112222 1111qqqq 11223344 1122334455 112233445566 12121212
        12123434 123123123 123321123 12341234 12344321 123456123 12345678 123456781 123456782 123456789
        1234567890 12345678910 123456789a 12345678a 12345679 1234567a 1234567q 12345687 123456987 123456abc
        123456qwerty 12345qwert 1234abcd 1234qwer 123654789 123789456 123qwe123 123qweasd 123qweasdzxc 13131313
        135792468 147258369 14789632 147896325 1478963250 159357456 159753456 159951159 19841984 19851985
        19861986 19871987 19881988 19891989 19901990 19911991 19921992 19951995 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
        1qaz2wsx 1qaz2wsx3edc 1qazxsw2 1qazzaq1 20002000 20082008 20102010 20202020 21212121 22222222 23232323
        25252525 31415926 314159265 3141592654 33333333 36925814 420420420 43214321 44444444 45454545 456456456
        50505050 52013140 5201314520 5201314a 55555555 55555555555 66666666 69696969 696969696 741852963
        77777777 78945612 789456123 789789789 852456852 87654321 87654321a 88888888 963852741 98765432 987654321
        9876543210 987654321a 99887766 99999999 a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 a5201314
        aa123456 aa12345678 aaa123456 aaaaaaaa aaaaaaaaa aaaaaaaaaa abc12345 abc123456 abc123abc abc@1234
        abcabcabc abcd1234 abcd12345 abcd@1234 abcdef123 abcdefgh abcdefghi abcdefghij access14 accessgranted
        admin123 admin1234 admin12345 admin123456 admin@123 admin@1234 adminadmin administrador administrator
        administrator1 alejandra alejandro alexander alexander1 alexandr alexandra alexandre amanda12 amanda123
        america1 american1 amorcito andrea123 andrew12 andrew123 angel123 angelica angels123 anthony1 anthony12
        anthony123 anything apple123 apples123 april123 arsenal1 arsenal123 asd12345 asd123456 asdasdasd
        asdf1234 asdfasdf asdfghjk asdfghjkl asdfghjkl1 asdfqwer asdzxc123 ashley12 ashley123 asshole1 austin316
        australia australia1 autumn2020 autumn2021 autumn2022 autumn2023 autumn2024 autumn2025 azertyui
        azertyuiop babygirl babygirl1 babygirl12 babygurl1 bailey12 bailey123 banana123 bangladesh barcelona
        barcelona1 baseball baseball1 baseball12 basketball basketball1 batman123 beautiful beautiful1 benjamin
        benjamin1 bestfriend bestfriends birthday birthday1 blahblah blahblah1 blessed1 blessing blink182
        bmw12345 bonita123 brandon1 brandon12 brandon123 brasil123 brazil123 brittany brittany1 brittney
        broncos1 budweiser bullshit bullshit1 buster12 buster123 butterfly butterfly1 california california1
        callofduty camaro69 cameron1 carolina catherine celtic123 celtic1888 champion1 champions changeme
        changeme1 changeme123 charles1 charlie1 charlie12 charlie123 charlotte charlotte1 cheerleader cheese123
        cheesecake chelsea1 chelsea123 cherry123 chevrolet chevy123 chicago1 chicago123 chocolate chocolate1
        christian christian1 christina christine christmas christmas1 christopher christopher1 cisco123 cocacola
        cocacola1 coconut1 coffee123 colorado computer computer1 cookie123 corvette corvette1 courtney courtney1
        cowboys1 cristian cupcake1 daniel12 daniel123 daniela1 danielle danielle1 database december december1
        default1 defaultpassword dominic1 dominique doraemon douglas1 dragon1! dragon12 dragon123 dragonball
        dragonballz dragons1 drummer1 eagles123 elizabeth elizabeth1 eminem123 emmanuel england1 enrique1
        estrella estrellita everton1 everything faith123 family123 february fernanda fernando ferrari1
        ferrari123 fishing1 florida1 football football! football1 football12 football123 forever1 forever123
        fortnite fortnite1 fountain fountain1 fountainai francesco francisco frederick freedom1 freedom123
        friends1 fuckoff1 fuckyou! fuckyou1 fuckyou123 fuckyou2 gabriel1 gabriel123 gabriela gameover gamer123
        gandalf1 garfield garfield1 george123 germany1 ginger12 ginger123 giovanni giuseppe godbless godisgood
        godislove godofwar goodluck goodmorning goodnight gorgeous greenday greenday1 guest123 guestguest
        guitar12 guitar123 halloween halloween1 hamburger hannah12 hannah123 harley123 harleydavidson
        harrypotter harrypotter1 heather1 heineken hello123 hello1234 hello12345 hellohello hellokitty
        hellokitty1 helloworld helloyou hermosa1 hockey12 hockey123 hogwarts hondacivic hongkong hunter12
        hunter123 ilovegod ilovejesus ilovemom iloveu123 iloveyou iloveyou! iloveyou1 iloveyou12 iloveyou123
        iloveyou2 imissyou india123 india@123 indonesia inlove123 internazionale internet internet1 iphone123
        ireland1 ironmaiden isabella isabella1 jackdaniels jackson1 jackson5 january1 jasmine1 jasmine123
        jason123 jennifer jennifer1 jeremiah jessica1 jessica12 jessica123 jesus123 jesus777 jesuschrist
        jesusislord jonathan jonathan1 jordan123 jordan23 joshua12 joshua123 juventus juventus1 katherine
        katherine1 kathleen killer12 killer123 killerbee kimberly kimberly1 kobebryant lakers24 lasvegas
        letmein! letmein1 letmein123 letmeinnow liberty1 linkinpark linuxlinux liverpool liverpool1 liverpool123
        lkjhgfdsa london123 love1234 lovelove lovelove1 loveme123 lovers123 loveyou1 lucky123 luckydog mackenzie
        madison1 maggie12 maggie123 malaysia manager1 manchester march2020 margaret marianne marie123 mariposa
        master12 master123 masterkey matrix123 matthew1 matthew12 matthew123 max12345 melissa1 melissa123
        mercedes mercedes1 messi1010 metallica metallica1 michael1 michael123 michaeljordan michelle michelle1
        mickey123 mickeymouse minecraft minecraft1 minecraft123 mnbvcxz1 molly123 monday123 monica123 monkey1!
        monkey12 monkey123 monkeys1 moonlight motorola mumbai123 music123 musiclover mustang1 mustang67
        mylove123 mypassword mysql123 naruto123 natasha1 nathalie nathaniel newcastle newpassword newyork1
        newyork123 newzealand nicholas nicholas1 nicole12 nicole123 ninja123 nintendo nirvana1 nobody123
        nokia123 nothing1 november november1 october1 october123 oliver123 olivia123 onepiece openopen
        opensesame operator1 oracle123 orange12 orange123 p@$$w0rd p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword
        pa$$w0rd pa$$word pa55word packers1 pakistan pakistan1 pakistan123 panther1 panthers pass1234 pass12345
        pass@123 passpass passpass1 passport1 passw0rd passw0rd1 passw0rd123 password password! password0
        password01 password1 password1! password11 password12 password123 password1234 password12345 password13
        password2 password21 password22 password3 password99 password@1 password@123 passwort patricia patricia1
        patrick1 patrick123 patriots peaches1 pepper12 pepper123 pepsi123 philippines phoenix1 pineapple
        pizza123 playstation playstation3 poiuytrewq pokemon1 pokemon12 pokemon123 porsche1 porsche911 postgres
        postgres1 princesa princesa1 princess princess1 princess12 princess123 q1234567 q123456789 q1w2e3r4
        q1w2e3r4t5 qazqazqaz qazwsx123 qazwsxedc qazwsxedcrfv qq123456 qq123456789 qwe12345 qwe123qwe qweasd123
        qweasdzxc qweqweqwe qwer1234 qwerasdf qwerasdfzxcv qwert123 qwert1234 qwerty12 qwerty123 qwerty1234
        qwerty12345 qwerty123456 qwerty@123 qwertyui qwertyuiop qwertyuiop1 qwertyuiop123 qwertz123 qwertzui
        qwertzuiop raiders1 rainbow1 rainbow123 rangers1 raspberry realmadrid rebecca1 rebecca123 redsox123
        richard1 richard123 robert12 robert123 rocknroll rockstar rockstar1 rocky123 ronaldo123 ronaldo7
        root1234 rootroot russell1 sabrina1 sakura123 samantha samantha1 sammy123 samsung1 samsung12 samsung123
        sasuke123 saturday scooby123 scoobydoo scorpio1 scorpion scorpion1 scotland sebastian secret123
        secret1234 secretpassword secure12 security security1 security123 september september1 server123
        service1 shadow1! shadow12 shadow123 shannon1 simpsons singapore skateboard slipknot slipknot1
        slipknot666 smokey123 snickers snoopy123 snowboard soccer10 soccer12 soccer123 softball softball1
        something something1 sophie123 southafrica southpark sparky123 spiderman spiderman1 spiderman3
        spring2020 spring2021 spring2022 spring2023 spring2024 spring2025 starlight startrek starwars starwars1
        starwars123 steelers steelers1 stephanie stephanie1 steven123 strawberry summer01 summer12 summer123
        summer2019 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 sunday123 sunshine
        sunshine1 sunshine12 sunshine123 superman superman1 superman123 supersecret superuser sweetheart
        sweetie1 swimming swimming1 system32 taylor12 taylor123 taylor13 teamo123 teamomucho temp1234 temporary
        tequiero terminator test1234 test12345 test123456 test@123 testing1 testing123 testpassword testtest
        texas123 theresa1 thomas12 thomas123 thursday tiger123 tigers123 tigger12 tigger123 timothy1 tinkerbell
        tinkerbell1 toby1234 toortoor topsecret toyota123 trustno1 trustnoone tyler123 ubuntu123 user1234
        username useruser valentina vanessa1 vanessa123 veronica veronica1 victoria victoria1 volleyball
        w123456789 warrior1 warriors1 wednesday welcome01 welcome1 welcome1! welcome12 welcome123 welcome2
        welcome@123 whatever whatever1 whatever123 whiskey1 william1 william12 william123 winniepooh winter12
        winter123 winter2019 winter2020 winter2021 winter2022 winter2023 winter2024 winter2025 wizard123
        woaini1314 woaini520 wsxwsxwsx xbox3600 xbox360live xxxxxxxx yamaha123 yankees1 yankees2 z1234567
        zachary1 zaq12wsx zaq1xsw2 zaq1zaq1 zxc12345 zxcasdqwe zxcvbnm, zxcvbnm1 zxcvbnm123 zxcvzxcv zz123456
        zzzzzzzz
        """
}
